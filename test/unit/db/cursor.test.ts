import { describe, expect, it } from 'vitest';
import { decodeIntegerCursor, decodeTimeCursor, encodeCursor } from '../../../src/db/cursor.js';

function opaque(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('encodeCursor', () => {
  it('makes a text that fits into a URL as it is', () => {
    const cursor = encodeCursor([1_780_000_000_123, 'an_0199ff>?']);
    expect(encodeURIComponent(cursor)).toBe(cursor);
    expect(decodeTimeCursor(cursor)).toEqual({ time: new Date(1_780_000_000_123), id: 'an_0199ff>?' });
  });

  it('gives integers back', () => {
    expect(decodeIntegerCursor(encodeCursor([-1, 2 ** 31 - 1]))).toEqual([-1, 2 ** 31 - 1]);
  });
});

describe('a cursor that is not ours', () => {
  it.each([
    ['empty', ''],
    ['no JSON', 'abc'],
    ['no list', opaque({})],
    ['too short', opaque([1])],
    ['too long', opaque([1, 'a', 2])],
  ])('is refused: %s', (_what, cursor) => {
    expect(() => decodeTimeCursor(cursor)).toThrow(/Begin again/);
    expect(() => decodeIntegerCursor(cursor)).toThrow(/Begin again/);
  });

  it.each([opaque(['1', 'a']), opaque([1, 2]), opaque([9e15, 'a']), opaque([null, 'a'])])(
    'is no time: %s',
    (cursor) => {
      expect(() => decodeTimeCursor(cursor)).toThrow(/Begin again/);
    },
  );

  it.each([opaque([1, 'a']), opaque([0.5, 1]), opaque([2 ** 31, 1]), opaque([1e99, 1])])(
    'is no pair of integers: %s',
    (cursor) => {
      expect(() => decodeIntegerCursor(cursor)).toThrow(/Begin again/);
    },
  );
});
