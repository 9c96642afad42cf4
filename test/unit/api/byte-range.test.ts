import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../src/api/byte-range.js';

describe('parseRange', () => {
  it.each([
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=0-', { start: 0, end: 999 }],
    ['bytes=900-5000', { start: 900, end: 999 }],
    ['bytes=-100', { start: 900, end: 999 }],
    ['bytes=-5000', { start: 0, end: 999 }],
    ['bytes=999-999', { start: 999, end: 999 }],
  ])('reads %s', (header, range) => {
    expect(parseRange(header, 1000)).toEqual(range);
  });

  it.each(['bytes=1000-', 'bytes=-0', 'bytes=5000-6000'])('finds %s outside the file', (header) => {
    expect(parseRange(header, 1000)).toBeNull();
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=a-b', 'frames=0-1', 'bytes=0-1,4-5'])(
    'sends everything for %s',
    (header) => {
      expect(parseRange(header, 1000)).toBeUndefined();
    },
  );

  it('has nothing to give of an empty file', () => {
    expect(parseRange('bytes=0-', 0)).toBeNull();
  });
});
