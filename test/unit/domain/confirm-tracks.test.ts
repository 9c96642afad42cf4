import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { confirmTracks } from '../../../src/domain/confirm-tracks.js';
import type { Track } from '../../../src/domain/tracker.js';

function track(x: number, firstFrame: number, ...confidences: number[]): Track {
  return {
    points: confidences.map((confidence, i) => {
      const frame = firstFrame + i;
      return { frame, ptsMs: frame * 200, confidence, box: frameBox(x, 0, x + 50, 100) };
    }),
  };
}

describe('confirmTracks', () => {
  it('drops what was seen twice or never surely', () => {
    const seen = track(0, 0, 0.5, 0.5, 0.5);
    expect(confirmTracks([seen, track(1, 0, 0.9, 0.9), track(2, 0, 0.3, 0.3, 0.3)], 50)).toEqual([seen]);
  });

  it('asks for no more frames than there are', () => {
    const once = track(0, 0, 0.5);
    expect(confirmTracks([once], 1)).toEqual([once]);
    expect(confirmTracks([track(0, 0, 0.3)], 1)).toEqual([]);
    expect(confirmTracks([once], 2)).toEqual([]);
  });

  it('orders by first appearance, then from left to right', () => {
    const [late, right, left] = [track(0, 5, 1, 1, 1), track(300, 0, 1, 1, 1), track(10, 0, 1, 1, 1)];
    expect(confirmTracks([late, right, left], 50)).toEqual([left, right, late]);
  });
});
