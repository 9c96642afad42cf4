import Table from 'cli-table3';
import { formatCounted, formatInterval, formatPercent } from '../report/format.js';
import type { Report } from '../report/schema.js';
import {
  detectionFloorSentence,
  incompleteNotice,
  itemTitle,
  verdictWords,
  violationWords,
  type Tone,
} from '../report/words.js';
import type { Paint } from './terminal.js';

const MAX_VIOLATIONS = 12;
const TONE_COLOURS = { good: 'green', bad: 'red', unsure: 'yellow' } as const satisfies Record<Tone, string>;

/** The report on one screen: verdict, rate per item, violations. */
export function renderVerdict(report: Report, paint: Paint): string {
  const words = verdictWords(report);
  const notice = incompleteNotice(report);
  const blocks = [
    `${paint('bold', paint(TONE_COLOURS[words.tone], words.headline))}\n${words.sentence}`,
    ...(notice === undefined ? [] : [joinLines(paint('yellow', notice), report.completeness.reason)]),
    ...(Object.keys(report.summary.items).length === 0 ? [] : [renderItems(report)]),
    ...(report.violations.length === 0 ? [] : [renderViolations(report, paint)]),
    paint('dim', detectionFloorSentence(report)),
  ];
  return plainSpaces(blocks.join('\n\n'));
}

function renderItems(report: Report): string {
  const table = createTable(['Item', 'Worn', '95 % interval', 'Not judged', 'Violations'], [1, 2, 3, 4]);
  for (const [name, item] of Object.entries(report.summary.items))
    table.push([
      itemTitle(name),
      formatPercent(item.rate),
      formatInterval(item.low, item.high),
      formatPercent(item.unknownShare),
      String(item.violations),
    ]);
  return table.toString();
}

function renderViolations(report: Report, paint: Paint): string {
  const withZones = report.violations.some((violation) => violation.zone !== null);
  const withClock = report.analysis.recordedAt !== null;
  const table = createTable(
    [
      '#',
      'Person',
      'Missing',
      ...(withZones ? ['Zone'] : []),
      'From',
      'To',
      ...(withClock ? ['Clock time'] : []),
      'Confidence',
    ],
    [0],
  );
  for (const violation of report.violations.slice(0, MAX_VIOLATIONS)) {
    const words = violationWords(report, violation);
    table.push([
      words.number,
      words.person,
      words.item,
      ...(withZones ? [words.zone] : []),
      words.start,
      words.end,
      ...(withClock ? [words.clock ?? ''] : []),
      words.confidence,
    ]);
  }
  const hidden = report.violations.length - MAX_VIOLATIONS;
  const more = hidden > 0 ? `\n${paint('dim', `and ${formatCounted(hidden, 'more violation')} in the report`)}` : '';
  return `${table.toString()}${more}`;
}

/** No colour of its own: the table decides nothing about the terminal. */
export function createTable(head: string[], rightAligned: readonly number[]): Table.Table {
  return new Table({
    head,
    colAligns: head.map((_title, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
}

function joinLines(first: string, second: string | null): string {
  return second === null ? first : `${first}\n${second}`;
}

/** No-break spaces are for pages; terminals copy and search better without them. */
function plainSpaces(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
