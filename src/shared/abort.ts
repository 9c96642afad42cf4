import { HivisError } from './errors.js';

/** Why a signal was aborted: the caller's own HivisError (`timed_out`, …) when it gave one, else `cancelled`. */
export function toCancelled(reason: unknown): HivisError {
  return reason instanceof HivisError ? reason : new HivisError('cancelled', 'The work was cancelled.');
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw toCancelled(signal.reason);
}
