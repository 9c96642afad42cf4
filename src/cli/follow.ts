import { setTimeout as delay } from 'node:timers/promises';
import { TERMINAL_STATUSES } from '../api/schemas.js';
import type { AnalysisView } from '../api/schemas.js';
import { toHivisError } from '../shared/errors.js';
import type { ApiClient } from './api-client.js';

export type FollowOptions = {
  readonly client: ApiClient;
  readonly analysisId: string;
  readonly onView: (view: AnalysisView) => void;
  /** Whether waiting for the server to come back is pointless. */
  readonly isServerGone: () => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
  readonly retryMs?: number;
};

/**
 * Watches an analysis to its end and returns it. A restarting server is waited for; throws `server_unreachable` when
 * it has gone for good.
 */
export async function followAnalysis(options: FollowOptions): Promise<AnalysisView> {
  const { client, analysisId, onView, signal, patienceMs = 60_000, retryMs = 500 } = options;
  let silentSinceMs: number | null = null;
  for (;;) {
    try {
      for await (const view of client.watchAnalysis(analysisId, signal)) {
        silentSinceMs = null;
        onView(view);
        if (hasEnded(view)) return view;
      }
      const view = await client.getAnalysis(analysisId, signal);
      onView(view);
      if (hasEnded(view)) return view;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      silentSinceMs ??= Date.now();
      if (Date.now() - silentSinceMs > patienceMs || (await options.isServerGone())) throw error;
    }
    await delay(retryMs, undefined, { signal });
  }
}

export function hasEnded(view: AnalysisView): boolean {
  return TERMINAL_STATUSES.some((status) => status === view.status);
}

/** What the server said about the request itself will be the same next time; a broken connection may not. */
function isFinal(error: unknown): boolean {
  const { code, details } = toHivisError(error);
  const status = details['status'];
  return code !== 'server_unreachable' && typeof status === 'number' && status < 500;
}
