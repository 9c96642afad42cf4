import { useEffect, useState } from 'react';
import type { AnalysisView, AssessmentView } from '../../api/schemas.js';
import type { Report } from '../../report/schema.js';
import { getAnalysis, getReport, listAssessments } from '../api/client.js';
import { watchAnalyses } from '../api/watch.js';

export type AnalysisState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'gone'; readonly message: string }
  | { readonly kind: 'ready'; readonly view: AnalysisView };

/** One analysis, followed until it ends; a retry starts the stream anew. */
export function useAnalysis(id: string): {
  readonly state: AnalysisState;
  readonly setView: (view: AnalysisView) => void;
} {
  const [state, setState] = useState<AnalysisState>({ kind: 'loading' });
  const run = state.kind === 'ready' ? state.view.run : 0;
  useEffect(() => {
    let live = true;
    getAnalysis(id).then(
      (view) => live && setState({ kind: 'ready', view }),
      (thrown: unknown) => live && setState({ kind: 'gone', message: messageOf(thrown) }),
    );
    const stop = watchAnalyses(id, {
      onAnalysis: (view) => live && setState({ kind: 'ready', view }),
      onDeleted: () => live && setState({ kind: 'gone', message: 'This analysis was deleted.' }),
    });
    return () => {
      live = false;
      stop();
    };
  }, [id, run]);
  return { state, setView: (view) => setState({ kind: 'ready', view }) };
}

export type Loaded<T> = { readonly value?: T; readonly error?: string };

/** The report of one assessment; `null` while there is none to ask for. */
export function useReport(analysisId: string, assessmentId: string | null): Loaded<Report> {
  const [loaded, setLoaded] = useState<Loaded<Report> & { readonly of?: string }>({});
  useEffect(() => {
    if (assessmentId === null) return;
    let live = true;
    getReport(analysisId, assessmentId).then(
      (value) => live && setLoaded({ value, of: assessmentId }),
      (thrown: unknown) => live && setLoaded({ error: messageOf(thrown), of: assessmentId }),
    );
    return () => {
      live = false;
    };
  }, [analysisId, assessmentId]);
  return loaded.of === assessmentId ? loaded : {};
}

const POLL_MS = 700;

/** All assessments of an analysis; asked again while one is still being made. */
export function useAssessments(
  analysisId: string,
  finished: boolean,
): { readonly items: readonly AssessmentView[]; readonly refresh: () => void } {
  const [items, setItems] = useState<readonly AssessmentView[]>([]);
  const [asked, setAsked] = useState(0);
  const open = items.some((item) => item.status === 'pending' || item.status === 'running');
  useEffect(() => {
    if (!finished) return;
    let live = true;
    const timer = setTimeout(
      () =>
        void listAssessments(analysisId).then(
          (list) => {
            if (!live) return;
            setItems(list.items);
            setAsked(
              (count) =>
                count + (list.items.some((item) => item.status === 'pending' || item.status === 'running') ? 1 : 0),
            );
          },
          () => undefined,
        ),
      open ? POLL_MS : 0,
    );
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [analysisId, finished, asked, open]);
  return { items, refresh: () => setAsked((count) => count + 1) };
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
