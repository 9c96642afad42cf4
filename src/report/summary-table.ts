import { keyFigures } from './figures.js';
import { cleanText } from './format.js';
import type { Report } from './schema.js';

/** Rows of plain text, the first of them the head: item, rate, interval, unknown share, persons judged, violations. */
export function renderSummaryTable(report: Report): string[][] {
  const head = ['Item', 'Worn', '95 % interval', 'Unknown', 'Persons judged', 'Violations'];
  const rows = keyFigures(report).map((figures) => [
    figures.title,
    figures.rate,
    figures.interval,
    figures.unknownShare,
    figures.judged,
    figures.violations,
  ]);
  return [head, ...rows.map((row) => row.map(plain))];
}

/** Terminals and the people who copy from them want ordinary spaces, and no control characters from names. */
function plain(text: string): string {
  return cleanText(text).replaceAll('\u00a0', ' ');
}
