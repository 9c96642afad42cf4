import { expect, it } from 'vitest';
import { hashReport } from '../../../src/report/report-hash.js';
import { parseReport, serializeReport } from '../../../src/report/serialize.js';
import type { Report } from '../../../src/report/schema.js';
import { demoReport, emptyReport } from '../../fixtures/reports/sample-reports.js';
import { hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

it.each([
  ['demo', demoReport()],
  ['nobody', emptyReport()],
  ['zones', zonesReport()],
  ['hostile', hostileReport()],
])('gives the same bytes after a round trip: %s', (_, report) => {
  const text = serializeReport(report);
  expect(serializeReport(parseReport(text))).toBe(text);
  expect(JSON.parse(text)).toEqual(report);
});

it('does not depend on the order in which objects were built', () => {
  const report = demoReport();
  expect(serializeReport(reverseKeys(report) as Report)).toBe(serializeReport(report));
});

it('uses LF, two spaces and one line end at the end', () => {
  const text = serializeReport(demoReport());
  expect(text.startsWith('{\n  "schemaVersion": "1.0",\n  "generatedAt"')).toBe(true);
  expect(text.endsWith('}\n')).toBe(true);
  expect(text).not.toContain('\r');
});

it('refuses what is no report', () => {
  expect(() => parseReport('{"schemaVersion":"0.9"}')).toThrow();
  expect(() => serializeReport({ ...demoReport(), detectionFloorMs: 0.5 })).toThrow();
});

it('hashes exactly these bytes', () => {
  const report = demoReport();
  expect(hashReport(report)).toBe(hashReport(parseReport(serializeReport(report))));
  expect(hashReport(report)).not.toBe(hashReport(emptyReport()));
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reverseKeys(inner)]),
  );
}
