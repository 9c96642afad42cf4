import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build-report.js';
import { reportSchema } from '../../../src/report/schema.js';
import { baseInput, demoReport, emptyReport, partialReport, reportOf } from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

describe('buildReport', () => {
  it.each([
    ['demo', demoReport()],
    ['nobody', emptyReport()],
    ['incomplete', partialReport()],
    ['zones and hours', zonesReport()],
    ['hostile names', hostileReport()],
    ['crowd', crowdReport(200)],
  ])('keeps to the schema: %s', (_, report) => {
    expect(reportSchema.strict().parse(report)).toEqual(report);
  });

  it('rounds rates, confidences, boxes and the frame rate, once and here', () => {
    const input = baseInput();
    const report = buildReport({ ...input, source: { ...input.source, fps: 30_000 / 1001 } });
    expect(report.source.fps).toBe(29.97);
    expect(report.summary.items['helmet']).toMatchObject({ rate: 0.562, unknownShare: 0.028 });
    expect(report.violations[0]?.confidence).toBe(0.51);
    expect(report.violations[0]?.evidence?.box).toEqual({ x1: 150.4, y1: 204.9, x2: 211.7, y2: 413.7 });
  });

  it('puts the observations of a person and item into one timeline in order of time', () => {
    const { tracks } = demoReport();
    const spans = tracks[2]?.timeline['helmet'] ?? [];
    expect(spans.map(({ status, startMs }) => [status, startMs])).toEqual([
      ['worn', 0],
      ['unknown', 6667],
      ['missing', 7500],
    ]);
  });

  it('has null where the still of a violation could not be made', () => {
    const report = reportOf([{ lanes: { helmet: [['missing', 0, 4000]], vest: [['worn', 0, 4000]] } }], {
      evidence: new Map(),
    });
    expect(report.violations.map(({ evidence }) => evidence)).toEqual([null]);
  });

  it('takes secrets out of the URL', () => {
    const { source } = hostileReport();
    expect(source.url).toBe('https://media.example.com/a.mp4');
  });

  it('lists items by name, whatever order they came in', () => {
    const { result } = baseInput();
    const items = Object.fromEntries(Object.entries(result.summary.items).reverse());
    const report = demoReport({ result: { ...result, summary: { ...result.summary, items } } });
    expect(Object.keys(report.summary.items)).toEqual(['helmet', 'vest']);
  });

  it('does not say compliant of a video that was cut off', () => {
    const worn = [{ lanes: { helmet: [['worn', 0, 9000]], vest: [['worn', 0, 9000]] } }] as const;
    expect(reportOf(worn).summary.verdict).toBe('compliant');
    expect(partialReport(worn).summary.verdict).toBe('indeterminate');
  });
});
