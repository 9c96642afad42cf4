import { expect, it } from 'vitest';
import { buildTimelineChart, MAX_CHART_ROWS } from '../../../src/report/timeline-chart.js';
import { demoReport, emptyReport, partialReport, reportOf } from '../../fixtures/reports/sample-reports.js';
import { crowdReport } from '../../fixtures/reports/special-reports.js';

it('has a row per person and a lane per item, with the numbers of the violations', () => {
  const { rows, totalRows } = buildTimelineChart(demoReport());
  expect(totalRows).toBe(4);
  expect(rows.map(({ trackId }) => trackId)).toEqual([1, 2, 3, 4]);
  expect(rows[2]?.lanes.map(({ item, marks }) => [item, marks.map(({ number }) => number)])).toEqual([
    ['helmet', [3]],
    ['vest', []],
  ]);
});

it('has at most nine ticks on a round step', () => {
  expect(buildTimelineChart(demoReport()).ticks).toEqual([0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000]);
  expect(buildTimelineChart(partialReport()).tickStepMs).toBe(30_000);
  expect(buildTimelineChart(crowdReport(40)).tickStepMs).toBe(3_600_000);
});

it('knows what was never analysed', () => {
  expect(buildTimelineChart(partialReport())).toMatchObject({ endMs: 139_400, analyzedUntilMs: 15_000 });
});

it('shows those who were without an item for longest when there are many', () => {
  const report = crowdReport(400);
  const { rows, totalRows } = buildTimelineChart(report);
  expect(totalRows).toBe(100);
  expect(rows).toHaveLength(MAX_CHART_ROWS);
  const missingMs = (trackId: number): number =>
    Object.values(report.tracks[trackId - 1]?.items ?? {}).reduce((sum, item) => sum + item.missingMs, 0);
  const shown = new Set(rows.map(({ trackId }) => trackId));
  const least = Math.min(...[...shown].map(missingMs));
  const hidden = report.tracks.filter(({ trackId }) => !shown.has(trackId));
  expect(Math.max(...hidden.map(({ trackId }) => missingMs(trackId)))).toBeLessThanOrEqual(least);
});

it('bounds the drawing of a restless person and lets the graver status show', () => {
  const spans = Array.from({ length: 5000 }, (_, i) => [i % 2 === 0 ? 'worn' : 'missing', i * 3, i * 3 + 3] as const);
  const report = reportOf([{ lanes: { helmet: spans } }]);
  const [lane] = buildTimelineChart(report).rows[0]?.lanes ?? [];
  expect(lane?.spans).toEqual([{ startMs: 0, endMs: 15_000, status: 'missing' }]);
});

it('is empty when nobody was seen', () => expect(buildTimelineChart(emptyReport()).rows).toEqual([]));
