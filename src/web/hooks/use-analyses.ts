import { useCallback, useEffect, useState } from 'react';
import type { AnalysisView } from '../../api/schemas.js';
import { listAnalyses, type ListFilter } from '../api/client.js';
import { watchAnalyses } from '../api/watch.js';
import { messageOf } from './use-analysis.js';

export type AnalysesState = {
  readonly items: readonly AnalysisView[] | undefined;
  readonly error: string | undefined;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
};

/** The list, newest first, kept current by the event stream. */
export function useAnalyses(filter: ListFilter): AnalysesState {
  const { status, search } = filter;
  const [items, setItems] = useState<readonly AnalysisView[]>();
  const [nextCursor, setNextCursor] = useState<string | null>(null);
  const [error, setError] = useState<string>();

  const load = useCallback(
    (cursor: string | undefined, signal?: AbortSignal) =>
      listAnalyses({ status, search, ...(cursor === undefined ? {} : { cursor }) }, signal).then(
        (page) => {
          setItems((known) => (cursor === undefined ? page.items : merge(known ?? [], page.items)));
          setNextCursor(page.nextCursor);
          setError(undefined);
        },
        (thrown: unknown) => {
          if (signal?.aborted !== true) setError(messageOf(thrown));
        },
      ),
    [status, search],
  );

  useEffect(() => {
    const abort = new AbortController();
    const stop = watchAnalyses(null, {
      onAnalysis: (view) => setItems((known) => known && place(known, view, { status, search })),
      onDeleted: (id) => setItems((known) => known?.filter((item) => item.id !== id)),
      onReopen: () => void load(undefined, abort.signal),
    });
    void load(undefined, abort.signal);
    return () => {
      abort.abort();
      stop();
    };
  }, [load, status, search]);

  const loadMore = useCallback(() => {
    if (nextCursor !== null) void load(nextCursor);
  }, [load, nextCursor]);
  return { items, error, hasMore: nextCursor !== null, loadMore };
}

function merge(known: readonly AnalysisView[], more: readonly AnalysisView[]): AnalysisView[] {
  const ids = new Set(known.map((item) => item.id));
  return [...known, ...more.filter((item) => !ids.has(item.id))];
}

/** A changed analysis takes its place; a new one goes on top where the filter lets it. */
function place(known: readonly AnalysisView[], view: AnalysisView, filter: ListFilter): readonly AnalysisView[] {
  const matches =
    (filter.status === '' || filter.status.split(',').includes(view.status)) &&
    view.name.toLowerCase().includes(filter.search.trim().toLowerCase());
  const at = known.findIndex((item) => item.id === view.id);
  if (at < 0) {
    const newest = known[0];
    return matches && (newest === undefined || view.createdAt >= newest.createdAt) ? [view, ...known] : known;
  }
  if (!matches) return known.filter((item) => item.id !== view.id);
  return known.map((item, index) => (index === at ? view : item));
}
