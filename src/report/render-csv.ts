import { stringify } from 'csv-stringify/sync';
import { formatTime, formatTimestamp } from './format.js';
import type { Report, ReportItemSummary, ReportViolation } from './schema.js';

/** Names never change and none is taken away; new columns come last. */
export const CSV_COLUMNS = [
  'record',
  'analysis_id',
  'analysis_name',
  'tag',
  'verdict',
  'complete',
  'analyzed_until_ms',
  'duration_ms',
  'zone',
  'hour',
  'item',
  'persons',
  'rate',
  'rate_low',
  'rate_high',
  'unknown_share',
  'worn_ms',
  'missing_ms',
  'unknown_ms',
  'violations',
  'number',
  'person',
  'start',
  'end',
  'start_ms',
  'end_ms',
  'length_ms',
  'confidence',
  'reason',
  'evidence_file',
  'evidence_ms',
  'clock_start',
  'clock_end',
  'source_file',
  'source_sha256',
  'detection_floor_ms',
] as const;

type Row = Partial<Record<(typeof CSV_COLUMNS)[number], string | number | boolean | null | undefined>>;

/**
 * report.csv: one rectangular table (RFC 4180, CRLF, UTF-8 with a byte order mark for spreadsheets) in which `record`
 * says what a row is: one `report` row, then `item`, `zone` and `hour` rows with rates, then one `violation` row each.
 * Filter by `record`; the files of many analyses can be put below each other. Text that a spreadsheet would take for a
 * formula gets an apostrophe in front. Rates are fractions, as in report.json; `rate` is empty when nobody could be judged.
 */
export function renderCsv(report: Report): string {
  const { id, name, tag } = report.analysis;
  const common: Row = { analysis_id: id, analysis_name: name, tag };
  const rows = [reportRow(report), ...rateRows(report), ...report.violations.map((row) => violationRow(row, report))];
  return stringify(
    rows.map((row) => ({ ...common, ...row })),
    {
      bom: true,
      header: true,
      columns: [...CSV_COLUMNS],
      record_delimiter: '\r\n',
      escape_formulas: true,
      cast: { boolean: (value) => (value ? 'true' : 'false') },
    },
  );
}

function reportRow({ summary, completeness, source, detectionFloorMs }: Report): Row {
  return {
    record: 'report',
    verdict: summary.verdict,
    complete: completeness.complete,
    analyzed_until_ms: completeness.analyzedUntilMs,
    duration_ms: source.durationMs,
    persons: summary.persons,
    violations: summary.violations,
    source_file: source.fileName,
    source_sha256: source.sha256,
    detection_floor_ms: detectionFloorMs,
  };
}

function rateRows({ summary }: Report): Row[] {
  const rows = (record: string, group: Row, items: Report['summary']['items']): Row[] =>
    Object.entries(items).map(([item, rates]) => ({ record, ...group, item, ...rateCells(rates) }));
  return [
    ...rows('item', { persons: summary.persons }, summary.items),
    ...summary.byZone.flatMap(({ zone, persons, items }) => rows('zone', { zone, persons }, items)),
    ...summary.byHour.flatMap(({ hour, persons, items }) => rows('hour', { hour, persons }, items)),
  ];
}

function rateCells(rates: ReportItemSummary): Row {
  return {
    rate: rates.rate,
    rate_low: rates.low,
    rate_high: rates.high,
    unknown_share: rates.unknownShare,
    worn_ms: rates.wornMs,
    missing_ms: rates.missingMs,
    unknown_ms: rates.unknownMs,
    violations: rates.violations,
  };
}

function violationRow(violation: ReportViolation, { analysis }: Report): Row {
  return {
    record: 'violation',
    zone: violation.zone,
    item: violation.item,
    number: violation.number,
    person: violation.trackId,
    start: formatTime(violation.startMs),
    end: formatTime(violation.endMs),
    start_ms: violation.startMs,
    end_ms: violation.endMs,
    length_ms: violation.endMs - violation.startMs,
    confidence: violation.confidence,
    reason: violation.reason,
    evidence_file: violation.evidence?.file ?? null,
    evidence_ms: violation.evidence?.ptsMs ?? null,
    clock_start: formatTimestamp(analysis.recordedAt, violation.startMs),
    clock_end: formatTimestamp(analysis.recordedAt, violation.endMs),
  };
}
