/** When a crashed child is started again, and when that is pointless. Pure. */
export type RestartPolicy = {
  /** After a life of at least this length the next crash is a new story: delays begin small again. */
  readonly stableAfterMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Lives in a row that ended before the child was ready, after which we give up. */
  readonly maxFailedStarts: number;
};

export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  stableAfterMs: 30_000,
  firstDelayMs: 500,
  maxDelayMs: 10_000,
  maxFailedStarts: 5,
};

export type CrashHistory = { readonly quickCrashes: number; readonly failedStarts: number };
export const NO_CRASHES: CrashHistory = { quickCrashes: 0, failedStarts: 0 };

export type RestartDecision = {
  readonly history: CrashHistory;
  /** null: give up. */
  readonly delayMs: number | null;
};

/**
 * A child that cannot start will not start the next time either. One that was ready and crashes is started for ever: a
 * video that kills workers fails by the attempts of its segments, and must not take the service with it.
 */
export function decideRestart(
  policy: RestartPolicy,
  before: CrashHistory,
  life: { readonly livedMs: number; readonly wasReady: boolean },
): RestartDecision {
  const quickCrashes = life.livedMs >= policy.stableAfterMs ? 1 : before.quickCrashes + 1;
  const failedStarts = life.wasReady ? 0 : before.failedStarts + 1;
  const history = { quickCrashes, failedStarts };
  if (failedStarts >= policy.maxFailedStarts) return { history, delayMs: null };
  return { history, delayMs: Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.min(quickCrashes - 1, 30)) };
}
