import { HivisError } from '../shared/errors.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * Pause before attempt `attemptsMade + 1`: 1 s, 2 s, 4 s … 60 s, up to a quarter more by `random` (0…1) so that the
 * jobs of one outage do not come back in one wave. An error may ask for its own pause by `details.retryInMs`.
 */
export function retryDelayMs(attemptsMade: number, error: unknown, random: number): number {
  if (error instanceof HivisError) {
    const wished = error.details['retryInMs'];
    if (typeof wished === 'number' && wished >= 0) return Math.round(wished);
  }
  const exponent = Math.min(Math.max(attemptsMade, 1) - 1, 20);
  const base = Math.min(FIRST_MS * 2 ** exponent, LONGEST_MS);
  return Math.round(base * (1 + random / 4));
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DELIVERY_PAUSES_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  6 * HOUR,
  10 * HOUR,
];

/** Pause after the n-th failed attempt (from 1) of a delivery; undefined when 24 h of trying are over. */
export function deliveryRetryDelayMs(attemptsMade: number): number | undefined {
  return DELIVERY_PAUSES_MS[attemptsMade - 1];
}
