const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Milliseconds since midnight at the place of recording, read from an ISO 8601 time such as 2026-05-04T07:30:00+02:00.
 * The clock in the text already is the local one; its offset is not needed. Undefined for anything else, or null.
 */
export function localTimeOfDayMs(recordedAt: string | null): number | undefined {
  const match = /T(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?/.exec(recordedAt ?? '');
  if (match === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  const fractionMs = Math.floor(Number(`0.${fraction}`) * 1000);
  return (Number(hours) * HOUR_MS + Number(minutes) * 60_000 + Number(seconds) * 1000 + fractionMs) % DAY_MS;
}

/** The hour of the day, "00" … "23" with ":00", in which source time `ptsMs` lies. */
export function hourLabel(startOfDayMs: number, ptsMs: number): string {
  const hour = Math.floor(((startOfDayMs + ptsMs) % DAY_MS) / HOUR_MS);
  return `${String(hour).padStart(2, '0')}:00`;
}

/** A stretch of source time cut at full hours of the local clock. */
export function splitByHour(
  startOfDayMs: number,
  startMs: number,
  endMs: number,
): readonly { readonly hour: string; readonly durationMs: number }[] {
  const slices: { readonly hour: string; readonly durationMs: number }[] = [];
  let fromMs = startMs;
  while (fromMs < endMs) {
    const nextHourMs = (Math.floor((startOfDayMs + fromMs) / HOUR_MS) + 1) * HOUR_MS - startOfDayMs;
    const untilMs = Math.min(endMs, nextHourMs);
    slices.push({ hour: hourLabel(startOfDayMs, fromMs), durationMs: untilMs - fromMs });
    fromMs = untilMs;
  }
  return slices;
}
