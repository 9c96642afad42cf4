import {
  cleanText,
  formatClock,
  formatConfidence,
  formatCount,
  formatCounted,
  formatDuration,
  formatFps,
  formatOrdinal,
  formatThreshold,
  formatTime,
} from './format.js';
import type { Report, ReportViolation } from './schema.js';

/** `good` and `bad` are said only when they are sure; everything else is `unsure`. Never shown by colour alone. */
export type Tone = 'good' | 'bad' | 'unsure';
export type VerdictWords = { readonly tone: Tone; readonly headline: string; readonly sentence: string };

export function verdictWords(report: Report): VerdictWords {
  const { verdict } = report.summary;
  if (verdict === 'non_compliant') {
    return { tone: 'bad', headline: 'Violations found', sentence: violationSentence(report) };
  }
  if (verdict === 'compliant') {
    return { tone: 'good', headline: 'Compliant: no violations found', sentence: compliantSentence(report) };
  }
  return { tone: 'unsure', headline: 'Could not be judged', sentence: unsureSentence(report) };
}

function violationSentence(report: Report): string {
  const { persons, violations, items } = report.summary;
  const violators = new Set(report.violations.map((violation) => violation.trackId)).size;
  const perItem = Object.entries(items)
    .filter(([, item]) => item.violations > 0)
    .map(
      ([name, item]) =>
        `${itemWord(name)} missing ${item.violations === 1 ? 'once' : formatCounted(item.violations, 'time')}`,
    );
  const more = report.completeness.complete ? '' : ' Not all of the video could be analysed: there may be more.';
  return `${formatCounted(violations, 'violation')} by ${formatCount(violators)} of ${formatCounted(persons, 'person')}: ${listWords(perItem)}.${more}`;
}

function compliantSentence(report: Report): string {
  const seen = formatCounted(report.summary.persons, 'person');
  const least = formatThreshold(report.analysis.settings.rules.minViolationMs);
  const sentence = `${seen} seen, and no required item was missing for ${least} or longer.`;
  const shares = Object.values(report.summary.items).map((item) => item.unknownShare ?? 0);
  return Math.max(0, ...shares) < 0.5
    ? sentence
    : `${sentence} More than half of the time could not be judged, though.`;
}

function unsureSentence(report: Report): string {
  const { completeness, summary } = report;
  if (!completeness.complete) {
    return `No violation was found, but not all of the video could be analysed: ${analyzedPart(report)}.`;
  }
  if (summary.persons === 0) return 'No person was seen in the analysed frames, so there was nobody to judge.';
  if (Object.keys(summary.items).length === 0) {
    return `${formatCounted(summary.persons, 'person')} seen. The rules require no item of anybody, so there was nothing to judge.`;
  }
  const unjudged = Object.entries(summary.items)
    .filter(([, item]) => item.rate === null)
    .map(([name]) => itemWord(name));
  const what = unjudged.length === 0 ? 'what was required' : unjudged.join(' and ');
  return `${formatCounted(summary.persons, 'person')} seen, but ${what} could not be judged on anybody: too small, cut off, hidden or uncertain.`;
}

/** Said on every page of an incomplete report; undefined for a complete one. */
export function incompleteNotice(report: Report): string | undefined {
  return report.completeness.complete ? undefined : `Incomplete: ${analyzedPart(report)}`;
}

/** How much was analysed, in the numbers that show the gap: frames missing from the file, time, or frames lost inside. */
function analyzedPart({ completeness, source }: Report): string {
  const { framesExpected, framesIndexed, framesSampled, framesAnalyzed, analyzedUntilMs } = completeness;
  if (source.durationMs - analyzedUntilMs >= 500) {
    return `analysed until ${formatTime(analyzedUntilMs)} of ${formatTime(source.durationMs)}`;
  }
  if (framesIndexed < framesExpected) {
    return `${formatCount(framesIndexed)} of ${formatCount(framesExpected)} frames are in the file`;
  }
  return `${formatCount(framesAnalyzed)} of ${formatCount(framesSampled)} sampled frames analysed`;
}

/** Why it is incomplete, as a sentence; undefined for a complete report. */
export function incompleteReason({ completeness }: Report): string | undefined {
  if (completeness.complete) return undefined;
  const reason = (completeness.reason ?? 'the reason was not recorded').replaceAll('_', ' ').replace(/\.+\s*$/, '');
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** Title of the document and of the browser's tab. */
export function documentTitle(report: Report): string {
  return `${cleanText(report.analysis.name)}: PPE compliance report`;
}

/** `helmet`, `safety goggles`: an item inside a sentence. */
export function itemWord(item: string): string {
  return item.replaceAll('_', ' ');
}

/** `Helmet`: an item as a heading. */
export function itemTitle(item: string): string {
  const word = itemWord(item);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const REGION_WORDS: Readonly<Record<string, string>> = { helmet: 'head', vest: 'torso' };

/** Why the program says that an item is missing. */
export function reasonWords(reason: string, item: string): string {
  const region = REGION_WORDS[item] ?? 'body part';
  const word = itemWord(item);
  if (reason === 'missing_class_detected') return `The model recognised a ${region} without ${word}.`;
  if (reason === 'absent_on_visible_region') return `The ${region} is in clear view and no ${word} was found on it.`;
  return `${itemTitle(reason)}.`;
}

/** The same for a column of a table. */
export function shortReason(reason: string, item: string): string {
  const region = REGION_WORDS[item] ?? 'body part';
  const word = itemWord(item);
  if (reason === 'missing_class_detected') return `${itemTitle(region)} without ${word} seen`;
  if (reason === 'absent_on_visible_region') return `No ${word} on visible ${region}`;
  return itemTitle(reason);
}

/** What stands in the place of the table when there is no violation. */
export function noViolationWords(report: Report): string {
  if (report.summary.persons === 0) return 'None, as nobody was seen.';
  return report.completeness.complete ? 'None found.' : 'None found in the analysed part.';
}

/** Under a timeline that does not show everybody; undefined when it does. */
export function omittedPersonsNote(shown: number, total: number): string | undefined {
  if (shown === total) return undefined;
  return `Shown: the ${formatCount(shown)} of ${formatCount(total)} persons who were without an item for longest.`;
}

export function zoneWords(zone: string | null): string {
  return zone ?? 'Whole picture';
}

/** `helmet`, `helmet and vest`, `helmet, vest and gloves` */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** Says it when not every violation has its still in the document; undefined when all do. */
export function stillsNote(report: Report, shown: number): string | undefined {
  const total = report.violations.length;
  if (shown === total) return undefined;
  if (shown === 0) return 'No still could be shown.';
  const others = report.violations.filter(({ evidence }) => evidence !== null).length - shown;
  const which = `Shown: the stills of ${formatCount(shown)} of ${formatCounted(total, 'violation')}, those that lasted longest.`;
  if (others <= 0) return `${which} No others were made.`;
  return `${which} ${formatCount(others)} more are files of the evidence folder; the CSV and JSON reports name each.`;
}

/** Without zones the column would say the same in every row. */
export function hasZones(report: Report): boolean {
  return report.analysis.settings.rules.zones.length > 0 || report.violations.some(({ zone }) => zone !== null);
}

/** One violation as strings, the same for the table, the cards and the page. */
export type ViolationWords = {
  readonly number: string;
  readonly person: string;
  readonly item: string;
  readonly zone: string;
  readonly start: string;
  readonly end: string;
  readonly duration: string;
  /** Time of day of start and end; undefined when the time of recording is not known. */
  readonly clock: string | undefined;
  readonly confidence: string;
  readonly reason: string;
  readonly shortReason: string;
};

export function violationWords(report: Report, violation: ReportViolation): ViolationWords {
  const { recordedAt } = report.analysis;
  const from = formatClock(recordedAt, violation.startMs);
  const to = formatClock(recordedAt, violation.endMs);
  return {
    number: String(violation.number),
    person: `Person\u00a0${violation.trackId}`,
    item: itemTitle(violation.item),
    zone: zoneWords(violation.zone),
    start: formatTime(violation.startMs),
    end: formatTime(violation.endMs),
    duration: formatDuration(violation.endMs - violation.startMs),
    clock: from === undefined || to === undefined ? undefined : `${from}\u2013${to}`,
    confidence: formatConfidence(violation.confidence),
    reason: reasonWords(violation.reason, violation.item),
    shortReason: shortReason(violation.reason, violation.item),
  };
}

/** "Sampled every 5th frame of 25 fps: violations under 0.4 s can be missed." */
export function detectionFloorSentence(report: Report): string {
  const { everyNFrames } = report.analysis.settings;
  const which = everyNFrames === 1 ? 'every frame' : `every ${formatOrdinal(everyNFrames)} frame`;
  const rate = report.source.fps === null ? '' : ` of ${formatFps(report.source.fps)}`;
  return `Sampled ${which}${rate}: violations under ${formatThreshold(report.detectionFloorMs)} can be missed.`;
}
