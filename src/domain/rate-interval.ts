/** One person's share in a rate: time with the item worn and time in which it could be judged, ms. */
export type TrackShare = { readonly wornMs: number; readonly judgedMs: number };

export type RateInterval = { readonly rate: number; readonly low: number; readonly high: number };

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * Worn share of judged person-time with a 95 % interval over tracks; undefined when nobody could be judged.
 *
 * Frames of one person are not independent, so persons are the sample (clusters) and the rate is a ratio estimator
 * R = Σ worn / Σ judged with linearised variance v = n/(n−1) · Σ(wornᵢ − R·judgedᵢ)² / (Σ judged)². The effective sample
 * size R(1−R)/v, never more than Kish's effective number of persons (Σ judged)²/Σ judged², goes into Wilson's score
 * interval. So one person, or a rate of 0 or 1, where v says nothing, gets an interval that admits how little is known
 * instead of one of no width.
 * Sources: Cochran, "Sampling Techniques" (1977), §6; Kish, "Survey Sampling" (1965); Wilson (1927); for Wilson with an
 * effective sample size Kott and Carr (1997), Dean and Pagano (2015).
 */
export function rateInterval(shares: readonly TrackShare[]): RateInterval | undefined {
  const judged = shares.filter(({ judgedMs }) => judgedMs > 0);
  const totalMs = sum(judged, ({ judgedMs }) => judgedMs);
  if (totalMs <= 0) return undefined;
  const rate = sum(judged, ({ wornMs }) => wornMs) / totalMs;
  const persons = totalMs ** 2 / sum(judged, ({ judgedMs }) => judgedMs ** 2);
  const count = judged.length;
  const residuals = sum(judged, ({ wornMs, judgedMs }) => (wornMs - rate * judgedMs) ** 2);
  const variance = count > 1 ? ((count / (count - 1)) * residuals) / totalMs ** 2 : 0;
  const effective = variance > 0 ? Math.min(persons, (rate * (1 - rate)) / variance) : persons;
  return { rate, ...wilson(rate, effective) };
}

/** Wilson's score interval of a share seen in `n` (not necessarily whole) independent trials. */
export function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const scale = 1 + Z ** 2 / n;
  const middle = (share + Z ** 2 / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  // Rounding must not push an end past the share itself: 1 of n has its upper end at 1 exactly.
  return { low: Math.min(share, Math.max(0, middle - half)), high: Math.max(share, Math.min(1, middle + half)) };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
