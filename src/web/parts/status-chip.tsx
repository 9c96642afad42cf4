import type { AnalysisView } from '../../api/schemas.js';
import { isTerminal } from '../../api/schemas/statuses.js';

const WORDS: Readonly<Record<AnalysisView['status'], string>> = {
  queued: 'Queued',
  downloading: 'Downloading',
  probing: 'Reading',
  analyzing: 'Analysing',
  reporting: 'Reporting',
  completed: 'Done',
  completed_partial: 'Done, incomplete',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const TONES: Partial<Record<AnalysisView['status'], string>> = {
  completed: 'good',
  completed_partial: 'unsure',
  failed: 'bad',
  cancelled: 'off',
};

export function StatusChip({ view }: { readonly view: AnalysisView }) {
  const stopping = view.cancelRequested && !isTerminal(view.status);
  return <span className={`chip ${TONES[view.status] ?? 'busy'}`}>{stopping ? 'Cancelling' : WORDS[view.status]}</span>;
}
