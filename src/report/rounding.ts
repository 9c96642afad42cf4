/**
 * The one place where measured numbers lose digits. It happens once, when the report is built, so that every format
 * prints the same digit: a rate of three decimals is a percentage of one.
 */

/** Three decimals. Only what is exactly 0 or 1 stays so: 0.9996 with a violation behind it must not read as 100 %. */
export function roundFraction(value: number): number {
  const rounded = Math.round(value * 1000) / 1000;
  if (rounded >= 1 && value < 1) return 0.999;
  if (rounded <= 0 && value > 0) return 0.001;
  return Math.min(1, Math.max(0, rounded));
}

/** Null where nobody could be judged. */
export function roundFractionOrNull(value: number | null): number | null {
  return value === null ? null : roundFraction(value);
}

/** Two decimals: more would claim a precision that the model's score does not have. */
export function roundConfidence(value: number): number {
  return Math.min(1, Math.max(0, Math.round(value * 100) / 100));
}

/** Tenths of a source pixel. */
export function roundPx(value: number): number {
  return Math.round(value * 10) / 10;
}
