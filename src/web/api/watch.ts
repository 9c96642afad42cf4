import type { AnalysisView } from '../../api/schemas.js';
import { apiUrl } from './client.js';

export type WatchHandlers = {
  readonly onAnalysis: (view: AnalysisView) => void;
  readonly onDeleted: (id: string) => void;
  /** After the stream was away: whatever happened meanwhile has to be read again. */
  readonly onReopen?: () => void;
};

/** Follows one analysis, or all of them with `null`. Returns what stops it. EventSource reconnects by itself. */
export function watchAnalyses(id: string | null, handlers: WatchHandlers): () => void {
  const source = new EventSource(apiUrl(id === null ? '/v1/events' : `/v1/analyses/${id}/events`));
  let opened = 0;
  source.onopen = () => {
    opened += 1;
    if (opened > 1) handlers.onReopen?.();
  };
  source.addEventListener('analysis', (event) => handlers.onAnalysis(JSON.parse(event.data as string) as AnalysisView));
  source.addEventListener('deleted', (event) =>
    handlers.onDeleted((JSON.parse(event.data as string) as { id: string }).id),
  );
  source.addEventListener('end', () => source.close());
  return () => source.close();
}
