import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { CSV_COLUMNS, renderCsv } from '../../../src/report/render-csv.js';
import type { Report } from '../../../src/report/schema.js';
import { demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

type Row = Record<(typeof CSV_COLUMNS)[number], string>;

function read(report: Report): Row[] {
  return parse(renderCsv(report), { bom: true, columns: true, record_delimiter: '\r\n' });
}

describe('renderCsv', () => {
  it('is one rectangle with a head, a byte order mark and CRLF', () => {
    const text = renderCsv(demoReport());
    expect(text.startsWith('\ufeffrecord,analysis_id,analysis_name')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const lines: string[][] = parse(text, { bom: true });
    expect(lines.map((line) => line.length)).toEqual(lines.map(() => CSV_COLUMNS.length));
    expect(lines[0]).toEqual([...CSV_COLUMNS]);
  });

  it('says first what the report says, then the rates, then each violation', () => {
    expect(read(demoReport()).map(({ record, item }) => `${record} ${item}`.trim())).toEqual([
      'report',
      'item helmet',
      'item vest',
      'violation helmet',
      'violation vest',
      'violation helmet',
    ]);
  });

  it('names a violation completely', () => {
    const row = read(demoReport()).find(({ number }) => number === '2');
    expect(row).toMatchObject({
      person: '4',
      start: '00:04.2',
      end: '00:12.1',
      start_ms: '4167',
      end_ms: '12083',
      length_ms: '7916',
      confidence: '0.88',
      reason: 'absent_on_visible_region',
      evidence_file: 'evidence/violation-002.jpg',
      clock_start: '',
    });
  });

  it('has rows for zones and hours, and clock times where the recording has one', () => {
    const rows = read(zonesReport());
    expect(rows.filter(({ record }) => record === 'zone')).toHaveLength(6);
    expect(rows.filter(({ record }) => record === 'hour').map(({ hour }) => hour)).toEqual([
      '06:00',
      '06:00',
      '07:00',
      '07:00',
      '08:00',
      '08:00',
      '09:00',
      '09:00',
    ]);
    expect(rows.find(({ number }) => number === '1')?.clock_start).toMatch(/^2025-06-02 06:0\d:\d\d$/);
    expect(rows[0]?.analysis_name).toContain('Πύργος 7, Строительная площадка «Север»');
  });

  it('leaves the rate empty when nobody could be judged', () => {
    const rows = read(emptyReport()).filter(({ record }) => record === 'item');
    expect(rows.map(({ rate, rate_low, persons }) => [rate, rate_low, persons])).toEqual([
      ['', '', '0'],
      ['', '', '0'],
    ]);
  });

  it('says when the video was not analysed to its end', () => {
    expect(read(partialReport())[0]).toMatchObject({
      complete: 'false',
      analyzed_until_ms: '15000',
      duration_ms: '139400',
    });
  });

  it('holds any number of violations', () => {
    expect(read(crowdReport(5000)).filter(({ record }) => record === 'violation')).toHaveLength(5000);
  });
});

describe('formula injection', () => {
  it('puts an apostrophe before every text that a spreadsheet would run', () => {
    const rows = read(hostileReport());
    const row = rows.find(({ record }) => record === 'violation');
    expect(row?.analysis_name.startsWith("'=cmd|")).toBe(true);
    expect(row?.tag.startsWith("'+1-800")).toBe(true);
    expect(row?.zone.startsWith("'@SUM")).toBe(true);
    expect(rows[0]?.source_file.startsWith("'-2+3")).toBe(true);
  });

  it.each(['=1', '+1', '-1', '@a', '\t=1', '\r=1', '＝1', '＋1', '－1', '＠a'])('guards %j', (name) => {
    const { analysis } = demoReport();
    const [row] = read({ ...demoReport(), analysis: { ...analysis, name } });
    expect(row?.analysis_name).toBe(`'${name}`);
  });

  it('survives quotes, commas and line breaks', () => {
    const name = 'a "b", c\nd\r\ne';
    const { analysis } = demoReport();
    const [row] = parse<Row>(renderCsv({ ...demoReport(), analysis: { ...analysis, name } }), {
      bom: true,
      columns: true,
    });
    expect(row?.analysis_name).toBe(name);
  });
});
