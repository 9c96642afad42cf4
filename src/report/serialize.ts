import { type Report, reportSchema } from './schema.js';

/**
 * The bytes of report.json: UTF-8, LF, two spaces, keys in the order of the schema, items by name. Reading the file and
 * writing it again gives the same bytes, so its SHA-256 can be checked from either side.
 */
export function serializeReport(report: Report): string {
  // Parsing puts the keys into the schema's order whatever order the object was built in.
  return `${JSON.stringify(sortItems(reportSchema.parse(report)), undefined, 2)}\n`;
}

/** The other way round. Throws a ZodError when the text is not a report of this version. */
export function parseReport(text: string): Report {
  return reportSchema.parse(JSON.parse(text));
}

function sortItems(report: Report): Report {
  const { summary } = report;
  return {
    ...report,
    summary: {
      ...summary,
      items: sortKeys(summary.items),
      byZone: summary.byZone.map((zone) => ({ ...zone, items: sortKeys(zone.items) })),
      byHour: summary.byHour.map((hour) => ({ ...hour, items: sortKeys(hour.items) })),
    },
    tracks: report.tracks.map((track) => ({
      ...track,
      items: sortKeys(track.items),
      timeline: sortKeys(track.timeline),
    })),
  };
}

function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
