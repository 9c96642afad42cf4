import type { AnalysisView } from '../../api/schemas.js';
import { isTerminal } from '../../api/schemas/statuses.js';
import { formatCounted, formatPercent, formatTime } from '../../report/format.js';
import { itemTitle } from '../../report/words.js';
import { analysisHref } from '../hooks/use-route.js';
import { formatInstant } from './clock.js';
import { ProgressBar } from './progress-bar.js';
import { StatusChip } from './status-chip.js';

export function AnalysisRow({ view }: { readonly view: AnalysisView }) {
  const facts = [
    ...(view.tag === null ? [] : [view.tag]),
    ...(view.source.durationMs === null ? [] : [formatTime(view.source.durationMs)]),
    formatInstant(view.createdAt),
  ];
  return (
    <li>
      <a className="row" href={analysisHref(view.id)}>
        <span className="row-name">
          <strong>{view.name}</strong>
          <span className="quiet">{facts.join(' · ')}</span>
        </span>
        <span className="row-result">
          <Result view={view} />
        </span>
        <StatusChip view={view} />
      </a>
    </li>
  );
}

function Result({ view }: { readonly view: AnalysisView }) {
  if (!isTerminal(view.status)) return <ProgressBar view={view} detailed />;
  if (view.summary === null) return <span className="quiet clip">{view.error?.message ?? ''}</span>;
  const { persons, violations, items } = view.summary;
  const order = view.settings.rules.required;
  const rates = Object.entries(items)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([item, summary]) => `${itemTitle(item)} ${formatPercent(summary.rate)}`);
  return (
    <span>
      <strong
        className={violations > 0 ? 'tone-bad' : view.summary.verdict === 'compliant' ? 'tone-good' : 'tone-unsure'}
      >
        {violations > 0
          ? formatCounted(violations, 'violation')
          : view.summary.verdict === 'compliant'
            ? 'Compliant'
            : 'Could not be judged'}
      </strong>{' '}
      <span className="quiet">{[formatCounted(persons, 'person'), ...rates].join(' · ')}</span>
    </span>
  );
}
