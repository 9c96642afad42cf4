import type { AssessmentResult, ItemSummary, Observation, TrackSummary, Violation } from '../domain/terms.js';
import { roundConfidence, roundFractionOrNull, roundPx } from './rounding.js';
import { REPORT_SCHEMA_VERSION, type Report, type ReportItemSummary, type ReportTrack } from './schema.js';
import { decideVerdict } from './verdict.js';

export type ReportInput = {
  /** Clock time, ISO 8601; also the creation date of the PDF. */
  readonly generatedAt: string;
  readonly hivisVersion: string;
  readonly analysis: Report['analysis'];
  readonly source: Report['source'];
  readonly model: Omit<Report['model'], 'thresholds' | 'notes'> &
    Partial<Pick<Report['model'], 'thresholds' | 'notes'>>;
  readonly completeness: Report['completeness'];
  readonly result: AssessmentResult;
  /** By violation number; a violation without an entry has no still. */
  readonly evidence: ReadonlyMap<number, { readonly file: string; readonly sha256: string }>;
};

/**
 * The report of one assessment. Pure: the same input gives the same report, and everything but ids and clock times is a
 * function of source, model and settings. Numbers are rounded here and nowhere else.
 */
export function buildReport(input: ReportInput): Report {
  const { result } = input;
  const timelines = groupTimelines(result.observations);
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    generatedAt: input.generatedAt,
    generator: { name: 'hivis', version: input.hivisVersion },
    analysis: input.analysis,
    source: { ...input.source, url: withoutSecrets(input.source.url), fps: roundFps(input.source.fps) },
    model: { ...input.model, thresholds: input.model.thresholds ?? null, notes: input.model.notes ?? [] },
    completeness: input.completeness,
    detectionFloorMs: Math.round(result.detectionFloorMs),
    summary: buildSummary(result, input.completeness.complete),
    tracks: result.tracks.map((track) => buildTrack(track, timelines)),
    violations: result.violations.map((violation) => buildViolation(violation, input.evidence)),
  };
}

function buildSummary(result: AssessmentResult, complete: boolean): Report['summary'] {
  const { summary, violations } = result;
  return {
    verdict: decideVerdict(summary, violations.length, complete),
    persons: summary.persons,
    violations: violations.length,
    items: mapItems(summary.items, buildItem),
    byZone: summary.byZone.map((zone) => ({ ...zone, items: mapItems(zone.items, buildItem) })),
    byHour: summary.byHour.map((hour) => ({ ...hour, items: mapItems(hour.items, buildItem) })),
  };
}

function buildItem(item: ItemSummary): ReportItemSummary {
  return {
    wornMs: item.wornMs,
    missingMs: item.missingMs,
    unknownMs: item.unknownMs,
    rate: roundFractionOrNull(item.rate),
    low: roundFractionOrNull(item.low),
    high: roundFractionOrNull(item.high),
    unknownShare: roundFractionOrNull(item.unknownShare),
    violations: item.violations,
  };
}

type Timelines = ReadonlyMap<string, ReportTrack['timeline'][string]>;

function buildTrack(track: TrackSummary, timelines: Timelines): ReportTrack {
  const { trackId, firstMs, lastMs } = track;
  return {
    trackId,
    firstMs,
    lastMs,
    items: mapItems(track.items, ({ wornMs, missingMs, unknownMs }) => ({ wornMs, missingMs, unknownMs })),
    timeline: mapItems(track.items, (_, item) => timelines.get(timelineKey(trackId, item)) ?? []),
  };
}

function groupTimelines(observations: readonly Observation[]): Timelines {
  const timelines = new Map<string, ReportTrack['timeline'][string]>();
  for (const { trackId, item, startMs, endMs, status, reason } of observations) {
    const key = timelineKey(trackId, item);
    const spans = timelines.get(key) ?? [];
    spans.push({ startMs, endMs, status, reason });
    timelines.set(key, spans);
  }
  for (const spans of timelines.values()) spans.sort((a, b) => a.startMs - b.startMs);
  return timelines;
}

function timelineKey(trackId: number, item: string): string {
  return `${trackId}:${item}`;
}

function buildViolation(violation: Violation, evidence: ReportInput['evidence']): Report['violations'][number] {
  const { number, trackId, item, zone, startMs, endMs, reason } = violation;
  const still = evidence.get(number);
  const { x1, y1, x2, y2 } = violation.evidence.box;
  const box = { x1: roundPx(x1), y1: roundPx(y1), x2: roundPx(x2), y2: roundPx(y2) };
  return {
    number,
    trackId,
    item,
    zone,
    startMs,
    endMs,
    confidence: roundConfidence(violation.confidence),
    reason,
    evidence: still ? { file: still.file, ptsMs: violation.evidence.ptsMs, box, sha256: still.sha256 } : null,
  };
}

/** Items by name, in alphabetical order, so that the order never depends on which person came first. */
function mapItems<T, U>(items: Readonly<Record<string, T>>, map: (value: T, item: string) => U): Record<string, U> {
  const names = Object.keys(items).sort();
  return Object.fromEntries(names.map((name) => [name, map(items[name] as T, name)]));
}

function roundFps(fps: number | null): number | null {
  return fps === null ? null : Math.round(fps * 1000) / 1000;
}

/** Callers redact already; a report goes to third parties, so a slip there must not reach it. */
function withoutSecrets(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return url === null ? null : '(not a URL)';
  const clean = new URL(url);
  clean.username = '';
  clean.password = '';
  clean.search = '';
  clean.hash = '';
  return clean.href;
}
