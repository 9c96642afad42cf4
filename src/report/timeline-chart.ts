import type { Report, ReportTrack } from './schema.js';

type Span = ReportTrack['timeline'][string][number];
export type ChartStatus = Span['status'];
export type ChartSpan = { readonly startMs: number; readonly endMs: number; readonly status: ChartStatus };
export type ChartMark = { readonly number: number; readonly startMs: number; readonly endMs: number };
export type ChartLane = {
  readonly item: string;
  readonly spans: readonly ChartSpan[];
  readonly marks: readonly ChartMark[];
};
export type ChartRow = { readonly trackId: number; readonly lanes: readonly ChartLane[] };

/** Persons × time with the status of each item; drawn by both the page and the PDF. */
export type TimelineChart = {
  readonly endMs: number;
  /** Time behind it was never analysed. */
  readonly analyzedUntilMs: number;
  readonly ticks: readonly number[];
  readonly tickStepMs: number;
  readonly rows: readonly ChartRow[];
  readonly totalRows: number;
};

export const MAX_CHART_ROWS = 40;
/** What is narrower than one of these columns cannot be seen; joining it bounds the drawing of a day-long video. */
const COLUMNS = 800;
const TICK_STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200];

export function buildTimelineChart(report: Report): TimelineChart {
  const endMs = Math.max(1, report.source.durationMs, report.completeness.analyzedUntilMs);
  const tickStepMs = 1000 * (TICK_STEPS_S.find((step) => endMs / 1000 / step <= 8) ?? 86_400);
  const tickCount = Math.floor(endMs / tickStepMs) + 1;
  const marks = groupMarks(report);
  return {
    endMs,
    analyzedUntilMs: report.completeness.complete ? endMs : Math.min(endMs, report.completeness.analyzedUntilMs),
    ticks: Array.from({ length: tickCount }, (_, i) => i * tickStepMs),
    tickStepMs,
    rows: pickTracks(report).map((track) => buildRow(track, marks, endMs / COLUMNS)),
    totalRows: report.tracks.length,
  };
}

/** All persons in order of appearance; beyond the limit those who were without an item for longest. */
function pickTracks(report: Report): ReportTrack[] {
  if (report.tracks.length <= MAX_CHART_ROWS) return report.tracks;
  const missingMs = (track: ReportTrack): number =>
    Object.values(track.items).reduce((sum, item) => sum + item.missingMs, 0);
  return [...report.tracks]
    .sort((a, b) => missingMs(b) - missingMs(a) || a.trackId - b.trackId)
    .slice(0, MAX_CHART_ROWS)
    .sort((a, b) => a.trackId - b.trackId);
}

function buildRow(track: ReportTrack, marks: ReadonlyMap<string, ChartMark[]>, columnMs: number): ChartRow {
  const lanes = Object.entries(track.timeline).map(([item, spans]) => ({
    item,
    spans: spans.length < COLUMNS / 4 ? spans : rasterize(spans, columnMs),
    marks: marks.get(`${track.trackId}:${item}`) ?? [],
  }));
  return { trackId: track.trackId, lanes };
}

function groupMarks(report: Report): Map<string, ChartMark[]> {
  const marks = new Map<string, ChartMark[]>();
  for (const { trackId, item, number, startMs, endMs } of report.violations) {
    const key = `${trackId}:${item}`;
    const group = marks.get(key) ?? [];
    group.push({ number, startMs, endMs });
    marks.set(key, group);
  }
  return marks;
}

const GRAVITY: readonly ChartStatus[] = ['worn', 'unknown', 'missing'];

/** Many short spans as at most one span per column; a column shows the gravest status that falls into it. */
function rasterize(spans: readonly Span[], columnMs: number): ChartSpan[] {
  const gravest = new Int8Array(COLUMNS).fill(-1);
  for (const { startMs, endMs, status } of spans) {
    const last = Math.min(COLUMNS - 1, Math.ceil(endMs / columnMs) - 1);
    for (let column = Math.floor(startMs / columnMs); column <= last; column += 1) {
      gravest[column] = Math.max(gravest[column] ?? -1, GRAVITY.indexOf(status));
    }
  }
  const joined: ChartSpan[] = [];
  gravest.forEach((gravity, column) => {
    const status = GRAVITY[gravity];
    const last = joined.at(-1);
    const startMs = Math.round(column * columnMs);
    const endMs = Math.round((column + 1) * columnMs);
    if (status === undefined) return;
    if (last?.status === status && last.endMs === startMs) joined[joined.length - 1] = { ...last, endMs };
    else joined.push({ startMs, endMs, status });
  });
  return joined;
}
