import { describe, expect, it } from 'vitest';
import {
  decodeFrameIndex,
  encodeFrameIndex,
  frameIndexDurationMs,
  framePtsMs,
  type FrameIndex,
} from '../../../src/media/frame-index.js';

const index: FrameIndex = {
  ptsUs: Float64Array.of(1_480_000, 1_513_333, 1_546_667),
  keyFlags: Uint8Array.of(1, 0, 1),
  formatStartUs: 1_456_778,
};
const probe = { fps: 25, declaredDurationMs: 700 };

describe('framePtsMs', () => {
  it('counts whole milliseconds from the first frame', () => {
    expect([0, 1, 2].map((frame) => framePtsMs(index, frame))).toEqual([0, 33, 67]);
  });

  it('refuses a frame that is not there', () => {
    expect(() => framePtsMs(index, 3)).toThrow(RangeError);
  });
});

describe('frameIndexDurationMs', () => {
  it('lets the last frame stand as long as the others', () => {
    expect(frameIndexDurationMs(index, probe)).toBe(100);
  });

  it('takes the rate, then the declared time, for a single frame', () => {
    const one = { ...index, ptsUs: Float64Array.of(5) };
    expect(frameIndexDurationMs(one, probe)).toBe(40);
    expect(frameIndexDurationMs(one, { fps: null, declaredDurationMs: 700 })).toBe(700);
    expect(frameIndexDurationMs(one, { fps: null, declaredDurationMs: null })).toBe(0);
  });
});

describe('encodeFrameIndex', () => {
  it('comes back as it was', () => {
    const encoded = encodeFrameIndex(index);
    expect(encoded.ptsUs.length).toBe(24);
    expect(decodeFrameIndex(encoded, index.formatStartUs)).toEqual(index);
  });

  it('is little-endian', () => {
    expect(encodeFrameIndex({ ...index, ptsUs: Float64Array.of(1) }).ptsUs.toString('hex')).toBe('000000000000f03f');
  });

  it('reads buffers at odd offsets, as databases give them', () => {
    const { ptsUs, keyFlags } = encodeFrameIndex(index);
    const shifted = Buffer.concat([Buffer.alloc(3), ptsUs]).subarray(3);
    expect(decodeFrameIndex({ ptsUs: shifted, keyFlags }, 0).ptsUs).toEqual(index.ptsUs);
  });

  it('refuses lengths that do not fit', () => {
    expect(() => decodeFrameIndex({ ptsUs: Buffer.alloc(8), keyFlags: Buffer.alloc(2) }, 0)).toThrow(/8 bytes for 2/);
  });
});
