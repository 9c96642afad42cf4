/**
 * How numbers and times are written. Every format of the report goes through here, so a figure reads the same on the
 * page, in the PDF and in the table. Nothing depends on the machine's locale or time zone.
 */

/** Between a number and its unit, so that a line never breaks there. */
const NBSP = '\u00a0';
const EN_DASH = '\u2013';
export const NOT_AVAILABLE = 'n/a';

/** Source time: `mm:ss.s`, from one hour on `h:mm:ss.s`. */
export function formatTime(ms: number): string {
  const tenths = Math.round(ms / 100);
  const seconds = `${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
  return joinTime(Math.floor(tenths / 600), seconds);
}

/** The label of an axis tick: with the fraction only where the steps need it, with hours as soon as the axis has them. */
export function formatTick(ms: number, stepMs: number, axisEndMs: number): string {
  if (stepMs < 1000) return formatTime(ms);
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (axisEndMs < 3_600_000) return joinTime(minutes, pad(seconds % 60));
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

function joinTime(minutes: number, seconds: string): string {
  return minutes < 60 ? `${pad(minutes)}:${seconds}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${seconds}`;
}

/** A length of time: `8.2 s`, `3 min 02.4 s`, from one hour on `1 h 04 min`. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}${NBSP}s`;
  if (tenths < 36_000) {
    return `${Math.floor(tenths / 600)}${NBSP}min${NBSP}${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}${NBSP}s`;
  }
  const minutes = Math.round(tenths / 600);
  return `${formatCount(Math.floor(minutes / 60))}${NBSP}h${NBSP}${pad(minutes % 60)}${NBSP}min`;
}

/** A threshold in seconds with as many decimals as it has, at most two and rounded up: `0.4 s`, `0.84 s`, `1 s`. */
export function formatThreshold(ms: number): string {
  return `${Math.ceil(ms / 10) / 100}${NBSP}s`;
}

/** `97.3 %`; `100 %` and `0 %` only where the fraction is exactly that; `n/a` where nobody could be judged. */
export function formatPercent(fraction: number | null): string {
  return fraction === null ? NOT_AVAILABLE : `${percentDigits(fraction)}${NBSP}%`;
}

/** `61.2–97.0 %` */
export function formatInterval(low: number | null, high: number | null): string {
  if (low === null || high === null) return NOT_AVAILABLE;
  return `${percentDigits(low)}${EN_DASH}${percentDigits(high)}${NBSP}%`;
}

function percentDigits(fraction: number): string {
  const tenths = Math.round(fraction * 1000);
  return tenths === 0 || tenths === 1000 ? String(tenths / 10) : (tenths / 10).toFixed(1);
}

/** `0.87`: on purpose no percentage, because a model's score is not a probability. */
export function formatConfidence(confidence: number): string {
  return confidence.toFixed(2);
}

/** `5 000`, with spaces that do not break. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, NBSP);
}

/** `1 violation`, `5 000 violations` */
export function formatCounted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)}${NBSP}${count === 1 ? singular : plural}`;
}

/** `1.25 MB (1 247 486 bytes)`: decimal units, as file managers and networks count. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const exact = `${formatCount(bytes)}${NBSP}bytes`;
  if (power === 0) return exact;
  return `${(bytes / 1000 ** power).toPrecision(3)}${NBSP}${units[power] ?? ''} (${exact})`;
}

/** `25 fps`, `29.97 fps` */
export function formatFps(fps: number | null): string {
  return fps === null ? NOT_AVAILABLE : `${Number(fps.toFixed(2))}${NBSP}fps`;
}

/** `1st`, `2nd`, `11th` */
export function formatOrdinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const suffix = teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `2 June 2025, 07:00:00 UTC+02:00` on the clock that the ISO text was written by; other text stays as it is. */
export function formatDateTime(iso: string): string {
  const clock = readClock(iso, 0);
  if (!clock) return iso;
  const { date, zone } = clock;
  const day = `${date.getUTCDate()}${NBSP}${MONTHS[date.getUTCMonth()] ?? ''}${NBSP}${date.getUTCFullYear()}`;
  return `${day}, ${timeOfDay(date)}${zone === '' ? '' : `${NBSP}${zone}`}`;
}

/** `07:02:13`, the time of day at the place of recording; undefined without a usable `recordedAt`. */
export function formatClock(recordedAt: string | null, ms: number): string | undefined {
  const clock = recordedAt === null ? undefined : readClock(recordedAt, ms);
  return clock && timeOfDay(clock.date);
}

/** `2025-06-02 07:02:13` at the place of recording: what spreadsheets read as a time. */
export function formatTimestamp(recordedAt: string | null, ms: number): string | undefined {
  const clock = recordedAt === null ? undefined : readClock(recordedAt, ms);
  return clock && `${clock.date.toISOString().slice(0, 10)} ${timeOfDay(clock.date)}`;
}

/** Names from outside without what could reorder or hide text: control characters and bidirectional overrides. */
export function cleanText(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .trim();
}

/** The clock at the place of recording: the text's own digits are that clock already, its offset only names it. */
function readClock(iso: string, plusMs: number): { readonly date: Date; readonly zone: string } | undefined {
  const [, local, zulu, sign, hours = '00', minutes = '00'] = CLOCK.exec(iso) ?? [];
  const localMs = Date.parse(`${local ?? ''}Z`);
  if (Number.isNaN(localMs)) return undefined;
  const isUtc = zulu !== undefined || (sign !== undefined && hours === '00' && minutes === '00');
  const zone = isUtc ? 'UTC' : sign === undefined ? '' : `UTC${sign}${hours}:${minutes}`;
  return { date: new Date(localMs + plusMs), zone };
}

const CLOCK = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:(Z)|([+-])(\d\d):?(\d\d))?$/;

function timeOfDay(date: Date): string {
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
