/** When a crashed child is started again, and when that is pointless. Pure. */
export type RestartPolicy = {
  /** A child that lived at least this long has proved that it works; its earlier crashes are forgotten. */
  readonly stableAfterMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Crashes in a row, each sooner than `stableAfterMs`, after which we give up. */
  readonly maxQuickCrashes: number;
};

export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  stableAfterMs: 30_000,
  firstDelayMs: 500,
  maxDelayMs: 10_000,
  maxQuickCrashes: 5,
};

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly quickCrashes: number }
  | { readonly kind: 'give_up'; readonly quickCrashes: number };

/** `quickCrashes`: how many came before this one without a stable life in between. */
export function decideRestart(policy: RestartPolicy, quickCrashes: number, livedMs: number): RestartDecision {
  const count = livedMs >= policy.stableAfterMs ? 1 : quickCrashes + 1;
  if (count >= policy.maxQuickCrashes) return { kind: 'give_up', quickCrashes: count };
  const delayMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (count - 1));
  return { kind: 'restart', delayMs, quickCrashes: count };
}
