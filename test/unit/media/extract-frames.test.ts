import { describe, expect, it } from 'vitest';
import { groupByKeyFrame } from '../../../src/media/extract-frames.js';

const keyFlags = Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 1, 0);

describe('groupByKeyFrame', () => {
  it('puts frames that need the same key frame together, once each', () => {
    expect(groupByKeyFrame({ keyFlags }, [8, 2, 3, 5, 2])).toEqual([
      { keyFrame: 0, frames: [2] },
      { keyFrame: 3, frames: [3, 5] },
      { keyFrame: 7, frames: [8] },
    ]);
  });

  it('splits groups of very many frames', () => {
    const long = new Uint8Array(200);
    long[0] = 1;
    const groups = groupByKeyFrame(
      { keyFlags: long },
      Array.from({ length: 120 }, (_, i) => i),
    );
    expect(groups.map(({ frames }) => frames.length)).toEqual([50, 50, 20]);
  });

  it('refuses frames that are not there', () => {
    expect(() => groupByKeyFrame({ keyFlags }, [9])).toThrow(RangeError);
    expect(() => groupByKeyFrame({ keyFlags }, [-1])).toThrow(RangeError);
  });
});
