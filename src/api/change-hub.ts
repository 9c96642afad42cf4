import type { Logger } from '../shared/logger.js';
import type { AnalysisView } from './schemas.js';

export type Change =
  { readonly kind: 'changed'; readonly view: AnalysisView } | { readonly kind: 'deleted'; readonly analysisId: string };

export type ChangeListener = (change: Change) => void;

/** Every analysis, or one. */
export type Interest = { readonly analysisId: string | null; readonly onChange: ChangeListener };

export interface ChangeHub {
  /** Returns how to stop listening. */
  subscribe(interest: Interest): () => void;
  /** Something about this analysis may have changed; cheap, any number of times. */
  notify(analysisId: string): void;
  /** Notifications may have been missed: whatever is watched is looked at. */
  recheck(): void;
  close(): void;
}

export type ChangeHubOptions = {
  readonly load: (analysisId: string) => Promise<AnalysisView | undefined>;
  readonly log: Logger;
  /** Changes within this time are sent as one. */
  readonly intervalMs?: number;
  /** Watched analyses are looked at this often even without a notification: one may be lost with a connection. */
  readonly recheckMs?: number;
};

const PARALLEL_LOADS = 4;

/**
 * Turns notifications of the database into views for event streams: however many streams and notifications, an analysis
 * is read at most once per interval.
 */
export function createChangeHub(options: ChangeHubOptions): ChangeHub {
  const { load, log, intervalMs = 250, recheckMs = 15_000 } = options;
  const interests = new Set<Interest>();
  const dirty = new Set<string>();
  let flushTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const wanted = (analysisId: string): Interest[] =>
    [...interests].filter((interest) => interest.analysisId === null || interest.analysisId === analysisId);

  const schedule = (): void => {
    if (closed || dirty.size === 0) return;
    flushTimer ??= setTimeout(() => void flush(), intervalMs);
  };

  const flush = async (): Promise<void> => {
    const ids = [...dirty].filter((id) => wanted(id).length > 0);
    dirty.clear();
    const next = ids.values();
    await Promise.all(
      Array.from({ length: PARALLEL_LOADS }, async () => {
        for (const id of next) await publish(id);
      }),
    );
    flushTimer = undefined;
    schedule();
  };

  const publish = async (analysisId: string): Promise<void> => {
    try {
      const view = await load(analysisId);
      const change: Change = view === undefined ? { kind: 'deleted', analysisId } : { kind: 'changed', view };
      for (const interest of wanted(analysisId)) interest.onChange(change);
    } catch (error) {
      log.warn({ err: error, analysisId }, 'analysis could not be read for its event streams');
    }
  };

  const recheck = (): void => {
    for (const interest of interests) if (interest.analysisId !== null) dirty.add(interest.analysisId);
    schedule();
  };
  const timer = setInterval(recheck, recheckMs);
  timer.unref();

  return {
    subscribe: (interest) => {
      interests.add(interest);
      return () => interests.delete(interest);
    },
    notify: (analysisId) => {
      if (wanted(analysisId).length === 0) return;
      dirty.add(analysisId);
      schedule();
    },
    recheck,
    close: () => {
      closed = true;
      clearInterval(timer);
      clearTimeout(flushTimer);
      interests.clear();
    },
  };
}
