import { keyFigures } from './figures.js';
import { cleanText } from './format.js';
import type { Report } from './schema.js';
import { incompleteNotice, type Tone, verdictWords } from './words.js';

/** The verdict for a terminal: what to say first, in which tone, and the table below it. */
export type SummaryTable = {
  readonly tone: Tone;
  readonly headline: string;
  /** One or more sentences, one a line. */
  readonly sentences: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** Rows of plain text, the first of them the head: item, rate, interval, unknown share, persons judged, violations. */
export function renderSummaryTable(report: Report): string[][] {
  const head = ['Item', 'Worn', '95 % interval', 'Unknown', 'Judged on', 'Violations'];
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

export function renderSummary(report: Report): SummaryTable {
  const { tone, headline, sentence } = verdictWords(report);
  const notice = incompleteNotice(report);
  return {
    tone,
    headline,
    sentences: [plain(sentence), ...(notice === undefined ? [] : [notice])],
    rows: renderSummaryTable(report),
  };
}

/** Terminals and the people who copy from them want ordinary spaces, and no control characters from names. */
function plain(text: string): string {
  return cleanText(text).replaceAll('\u00a0', ' ');
}
