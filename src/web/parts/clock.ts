/** Clock times as the reader's own browser writes them. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function formatInstant(iso: string): string {
  return FORMAT.format(new Date(iso));
}
