export type ByteRange = { readonly start: number; readonly end: number };

/**
 * The one range that a `Range` header asks for, both ends included. undefined: the header is absent, not understood or
 * asks for several ranges, and the whole file is the right answer; null: the range lies outside the file.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header ?? '').replace(/\s/g, ''));
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return undefined;
  if (first === '') {
    const suffixBytes = Math.min(Number(last), sizeBytes);
    return suffixBytes === 0 ? null : { start: sizeBytes - suffixBytes, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= sizeBytes ? null : { start, end };
}
