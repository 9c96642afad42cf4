import type { AnalysisView } from '../api/schemas.js';
import { formatBytes, formatDuration } from './format.js';

export type ProgressLine = {
  readonly label: string;
  /** null: nobody can know yet. */
  readonly percent: number | null;
  readonly detail: string;
};

const LABELS: Readonly<Record<AnalysisView['status'], string>> = {
  queued: 'Waiting for a worker',
  downloading: 'Downloading',
  probing: 'Reading the video',
  analyzing: 'Analysing',
  reporting: 'Writing the report',
  completed: 'Done',
  completed_partial: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** How far an analysis is, in words. Pure. */
export function describeProgress(view: AnalysisView): ProgressLine {
  // An upload is only moved to its place, which nobody would call a download.
  const label = view.status === 'downloading' && view.source.url === null ? LABELS.probing : LABELS[view.status];
  return { label, percent: view.progress.percent, detail: describeDetail(view) };
}

function describeDetail({ status, progress }: AnalysisView): string {
  if (status === 'downloading' && progress.bytesDone !== null) {
    const total = progress.bytesTotal === null ? '' : ` of ${formatBytes(progress.bytesTotal)}`;
    return `${formatBytes(progress.bytesDone)}${total}`;
  }
  if (status !== 'analyzing' || progress.framesTotal === null) return '';
  const frames = `${progress.framesDone} of ${progress.framesTotal} frames`;
  return progress.etaSeconds === null ? frames : `${frames}, ${formatDuration(progress.etaSeconds * 1000)} left`;
}
