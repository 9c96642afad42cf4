import { formatCount } from '../../report/format.js';
import type { AnalysisView } from '../../api/schemas.js';

/** How far it is, in what, and for how much longer. Without a percentage the bar only says that something moves. */
export function ProgressBar({ view, detailed = false }: { readonly view: AnalysisView; readonly detailed?: boolean }) {
  const { percent } = view.progress;
  return (
    <div className="progress">
      <progress max={100} {...(percent === null ? {} : { value: percent })} aria-label={`Progress of ${view.name}`} />
      <span className="progress-words">
        {percent === null ? '' : `${percent.toFixed(0)} %`}
        {detailed && <Detail view={view} />}
      </span>
    </div>
  );
}

function Detail({ view }: { readonly view: AnalysisView }) {
  const { basis, framesDone, framesTotal, bytesDone, bytesTotal, etaSeconds } = view.progress;
  const parts: string[] = [];
  if (basis === 'bytes' && bytesDone !== null)
    parts.push(`${megabytes(bytesDone)}${bytesTotal === null ? '' : ` of ${megabytes(bytesTotal)}`}`);
  if (basis === 'frames' && framesTotal !== null)
    parts.push(`${formatCount(framesDone)} of ${formatCount(framesTotal)} frames`);
  if (etaSeconds !== null) parts.push(`about ${roughly(etaSeconds)} left`);
  return <span className="quiet">{parts.join(' · ')}</span>;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
