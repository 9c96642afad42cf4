import { randomBytes } from 'node:crypto';

/** analysis, assessment, upload, delivery, quote */
export type IdPrefix = 'an' | 'as' | 'up' | 'dl' | 'qu';

/**
 * `an_0192f3c1a8b4…`: sortable by creation time (48 bits of milliseconds), 80 random bits, lower-case hex.
 * Safe as part of a queue job id (no colon, never all digits) and of a file name.
 */
export function newId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  return `${prefix}_${nowMs.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
}
