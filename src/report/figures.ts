import { formatCount, formatDuration, formatInterval, formatPercent, NOT_AVAILABLE } from './format.js';
import type { Report, ReportItemSummary } from './schema.js';
import { itemTitle } from './words.js';

/** The figures of one item as strings, plus the shares that a bar needs. */
export type ItemFigures = {
  readonly item: string;
  readonly title: string;
  readonly rate: string;
  /** What the rate is of, and how sure it is: two short lines. */
  readonly rateNotes: readonly string[];
  readonly interval: string;
  readonly unknownShare: string;
  readonly violations: string;
  readonly worn: string;
  readonly missing: string;
  readonly unknown: string;
  /** Parts of the whole person-time, 0…1, that add up to 1; all 0 without person-time. */
  readonly shares: { readonly worn: number; readonly missing: number; readonly unknown: number };
};

export function itemFigures(item: string, summary: ReportItemSummary): ItemFigures {
  const { wornMs, missingMs, unknownMs } = summary;
  const totalMs = Math.max(1, wornMs + missingMs + unknownMs);
  return {
    item,
    title: itemTitle(item),
    rate: formatPercent(summary.rate),
    rateNotes: rateNotes(summary),
    interval: formatInterval(summary.low, summary.high),
    unknownShare: formatPercent(summary.unknownShare),
    violations: formatCount(summary.violations),
    worn: formatDuration(wornMs),
    missing: formatDuration(missingMs),
    unknown: formatDuration(unknownMs),
    shares: { worn: wornMs / totalMs, missing: missingMs / totalMs, unknown: unknownMs / totalMs },
  };
}

function rateNotes({ rate, low, high }: ReportItemSummary): string[] {
  if (rate === null) return ['nobody could be judged'];
  return ['of the judged time worn', `95\u00a0% interval ${formatInterval(low, high)}`];
}

/** The key figures of the cover, with the number of persons on whom an item could be judged at all. */
export type KeyFigures = ItemFigures & { readonly judged: string };

export function keyFigures(report: Report): KeyFigures[] {
  return Object.entries(report.summary.items).map(([item, summary]) => {
    const judged = report.tracks.filter(({ items }) => {
      const time = items[item];
      return time !== undefined && time.wornMs + time.missingMs > 0;
    });
    return {
      ...itemFigures(item, summary),
      judged:
        report.summary.persons === 0
          ? NOT_AVAILABLE
          : `${formatCount(judged.length)} of ${formatCount(report.summary.persons)}`,
    };
  });
}

export type BreakdownRow = { readonly key: string; readonly persons: string; readonly figures: ItemFigures };
export type Breakdown = {
  readonly title: string;
  readonly keyLabel: string;
  readonly note: string;
  readonly rows: readonly BreakdownRow[];
};

/** Per zone and per hour of the day; a table that would be empty is left out. */
export function breakdowns(report: Report): Breakdown[] {
  const { byZone, byHour } = report.summary;
  const zones = byZone.flatMap(({ zone, persons, items }) => breakdownRows(zone, persons, items));
  const hours = byHour.flatMap(({ hour, persons, items }) => breakdownRows(hour, persons, items));
  const tables: Breakdown[] = [
    {
      title: 'By zone',
      keyLabel: 'Zone',
      note: 'A person counts in every zone that he or she was in, for the time spent there.',
      rows: zones,
    },
    {
      title: 'By hour of the day',
      keyLabel: 'Hour',
      note: 'Local time at the place of recording, from the stated time of the first frame.',
      rows: hours,
    },
  ];
  return tables.filter((table) => table.rows.length > 0);
}

function breakdownRows(key: string, persons: number, items: Report['summary']['items']): BreakdownRow[] {
  return Object.entries(items).map(([item, summary]) => ({
    key,
    persons: formatCount(persons),
    figures: itemFigures(item, summary),
  }));
}
