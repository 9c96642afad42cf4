import { HivisError } from '../shared/errors.js';

type Part = string | number;

/** A position in a listing as an opaque text for clients. */
export function encodeCursor(parts: readonly Part[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** `[milliseconds, id]`. Throws `invalid_request` for anything that `encodeCursor` did not make of such a pair. */
export function decodeTimeCursor(cursor: string): { readonly time: Date; readonly id: string } {
  const [timeMs, id] = decodeParts(cursor);
  const time = new Date(typeof timeMs === 'number' ? timeMs : NaN);
  if (typeof id !== 'string' || Number.isNaN(time.getTime())) throw foreignCursor();
  return { time, id };
}

/** Two integers as Postgres knows them. Throws `invalid_request` for anything else. */
export function decodeIntegerCursor(cursor: string): readonly [number, number] {
  const [first, second] = decodeParts(cursor);
  if (!isInt32(first) || !isInt32(second)) throw foreignCursor();
  return [first, second];
}

function decodeParts(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === 2) return parts;
  } catch {
    // Not JSON: below.
  }
  throw foreignCursor();
}

function isInt32(part: unknown): part is number {
  return typeof part === 'number' && Number.isInteger(part) && Math.abs(part) < 2 ** 31;
}

function foreignCursor(): HivisError {
  return new HivisError('invalid_request', 'The cursor is not one of this listing. Begin again without it.');
}
