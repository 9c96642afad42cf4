import type { OpenedSource } from './open-source.js';

/** What a broken transfer needs to be continued: proof that the rest belongs to the same file. */
export type ResumePoint = { readonly validator: string; readonly totalBytes: number };

/** Null when the server does not promise byte ranges, or gives nothing to recognise the file by. */
export function findResumePoint(opened: OpenedSource, totalBytes: number | null): ResumePoint | null {
  if (totalBytes === null || opened.header('accept-ranges')?.toLowerCase() !== 'bytes') return null;
  const etag = opened.header('etag');
  // A weak tag only says "equivalent", which is not enough to join two halves (RFC 9110 §13.1.5).
  const validator = etag !== null && !etag.startsWith('W/') ? etag : opened.header('last-modified');
  return validator === null ? null : { validator, totalBytes };
}

export function resumeHeaders(point: ResumePoint, bytesDone: number): Readonly<Record<string, string>> {
  return { range: `bytes=${bytesDone}-`, 'if-range': point.validator };
}

/** Whether the answer continues exactly where the broken one ended, to the end of the same file. */
export function continuesAt(opened: OpenedSource, point: ResumePoint, bytesDone: number): boolean {
  if (opened.statusCode !== 206) return false;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(opened.header('content-range') ?? '');
  if (range === null) return false;
  const [start, end, total] = range.slice(1).map(Number);
  const tag = opened.header('etag');
  const isSameFile = !point.validator.startsWith('"') || tag === null || tag === point.validator;
  return isSameFile && start === bytesDone && total === point.totalBytes && end === point.totalBytes - 1;
}
