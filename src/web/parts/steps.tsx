import type { AnalysisView } from '../../api/schemas.js';
import { ProgressBar } from './progress-bar.js';

const STEPS = [
  { label: 'Fetch', statuses: ['queued', 'downloading'] },
  { label: 'Read', statuses: ['probing'] },
  { label: 'Analyse', statuses: ['analyzing'] },
  { label: 'Report', statuses: ['reporting'] },
] as const;

/** Where a running analysis is. */
export function Steps({ view }: { readonly view: AnalysisView }) {
  const current = STEPS.findIndex(({ statuses }) => (statuses as readonly string[]).includes(view.status));
  return (
    <section className="steps" aria-label="Progress">
      <ol>
        {STEPS.map(({ label }, index) => (
          <li
            key={label}
            className={index < current ? 'past' : index === current ? 'now' : ''}
            aria-current={index === current ? 'step' : undefined}
          >
            {label}
          </li>
        ))}
      </ol>
      <ProgressBar view={view} detailed />
    </section>
  );
}
