import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { renderVerdict } from '../../../src/cli/verdict-table.js';
import { renderCsv } from '../../../src/report/render-csv.js';
import { renderHtml } from '../../../src/report/render-html.js';
import { parseReport, serializeReport } from '../../../src/report/serialize.js';
import { itemTitle } from '../../../src/report/words.js';
import { expectedPhrases } from '../../fixtures/reports/expected-phrases.js';
import { htmlText } from '../../fixtures/reports/html-text.js';
import { compliantReport, demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';
import { zonesReport } from '../../fixtures/reports/special-reports.js';

type Row = Record<string, string>;

describe.each([
  ['demo', demoReport()],
  ['compliant', compliantReport()],
  ['nobody', emptyReport()],
  ['incomplete', partialReport()],
  ['zones and hours', zonesReport()],
])('numbers of %s', (_, report) => {
  const json = parseReport(serializeReport(report));
  const rows = parse<Row>(renderCsv(report), { bom: true, columns: true });

  it('are the same in CSV and JSON', () => {
    const items = rows.filter(({ record }) => record === 'item');
    expect(items.map(readRates)).toEqual(
      Object.entries(json.summary.items).map(([item, rates]) => ({ item, ...rates })),
    );
    expect(rows.filter(({ record }) => record === 'zone').map(readRates)).toEqual(
      json.summary.byZone.flatMap((zone) => Object.entries(zone.items).map(([item, rates]) => ({ item, ...rates }))),
    );
    const violations = rows.filter(({ record }) => record === 'violation');
    expect(
      violations.map((row) => [row['number'], row['start_ms'], row['end_ms'], row['confidence']].map(Number)),
    ).toEqual(json.violations.map(({ number, startMs, endMs, confidence }) => [number, startMs, endMs, confidence]));
    expect(Number(rows[0]?.['persons'])).toBe(json.summary.persons);
    expect(Number(rows[0]?.['violations'])).toBe(json.summary.violations);
  });

  it('are the same on the page and in JSON', () => {
    const text = htmlText(renderHtml(report, { stills: new Map() }));
    expect(expectedPhrases(json).filter((phrase) => !text.includes(phrase))).toEqual([]);
  });

  it('are the same in the terminal and in JSON', () => {
    const percent = (fraction: number | null): string =>
      fraction === null ? 'n/a' : `${Number((fraction * 100).toFixed(1))}`;
    const rows = renderVerdict(report, (_style, text) => text)
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()));
    const shown = Object.keys(json.summary.items).map((name) => {
      const [, , rate = ''] = rows.find(([, title]) => title === itemTitle(name)) ?? [];
      return rate === 'n/a' ? rate : `${Number.parseFloat(rate)}`;
    });
    expect(shown).toEqual(Object.values(json.summary.items).map(({ rate }) => percent(rate)));
  });
});

function readRates(row: Row): Record<string, unknown> {
  const number = (key: string): number | null => (row[key] === '' ? null : Number(row[key]));
  return {
    item: row['item'],
    rate: number('rate'),
    low: number('rate_low'),
    high: number('rate_high'),
    unknownShare: number('unknown_share'),
    wornMs: number('worn_ms'),
    missingMs: number('missing_ms'),
    unknownMs: number('unknown_ms'),
    violations: number('violations'),
  };
}
