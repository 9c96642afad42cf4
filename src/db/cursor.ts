import { HivisError } from '../shared/errors.js';

/** A position in a listing as an opaque text for clients. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `invalid_request` for anything that `encodeCursor` did not make with so many parts. */
export function decodeCursor(cursor: string, length: number): readonly (string | number)[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === length && parts.every(isPart)) return parts;
  } catch {
    // Not JSON: below.
  }
  throw new HivisError('invalid_request', 'The cursor is not one that this server gave out. Begin again without it.');
}

export function decodeIntegerCursor(cursor: string, length: number): readonly number[] {
  return decodeCursor(cursor, length).map((part) => {
    if (typeof part === 'number' && Number.isInteger(part) && Math.abs(part) < 2 ** 53) return part;
    return decodeIntegerCursor('', 0)[0] ?? 0;
  });
}

function isPart(part: unknown): part is string | number {
  return typeof part === 'string' || (typeof part === 'number' && Number.isFinite(part));
}
