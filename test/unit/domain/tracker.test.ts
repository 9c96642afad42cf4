import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { trackPersons } from '../../../src/domain/tracker.js';
import type { PersonFrame, Track } from '../../../src/domain/tracker.js';

type Sight = { readonly x: number; readonly y?: number; readonly confidence?: number };

function film(intervalMs: number, durationMs: number, draw: (ptsMs: number) => readonly Sight[]): PersonFrame[] {
  const frames: PersonFrame[] = [];
  for (let ptsMs = 0; ptsMs < durationMs; ptsMs += intervalMs) {
    frames.push({
      ptsMs,
      persons: draw(ptsMs).map(({ x, y = 100, confidence = 0.7 }) => {
        return { box: frameBox(x, y, x + 80, y + 200), confidence };
      }),
    });
  }
  return frames;
}

function follow(intervalMs: number, durationMs: number, draw: (ptsMs: number) => readonly Sight[]): readonly Track[] {
  return trackPersons(film(intervalMs, durationMs, draw), intervalMs);
}

describe('trackPersons', () => {
  it.each([40, 100, 200, 400, 800])('keeps a walker at one sample every %i ms', (intervalMs) => {
    // 140 px/s is a walk for somebody 200 px high; at 800 ms two boxes in a row do not touch.
    const tracks = follow(intervalMs, 6000, (ptsMs) => [{ x: (ptsMs * 140) / 1000 }]);
    expect(tracks).toHaveLength(1);
    expect(tracks[0]?.points).toHaveLength(Math.ceil(6000 / intervalMs));
  });

  it.each([200, 400])('keeps two people apart who pass each other, at one sample every %i ms', (intervalMs) => {
    const tracks = follow(intervalMs, 6000, (ptsMs) => [
      { x: (ptsMs * 120) / 1000 },
      { x: 720 - (ptsMs * 120) / 1000, y: 130 },
    ]);
    expect(tracks).toHaveLength(2);
    for (const { points } of tracks) {
      expect(new Set(points.map(({ box }) => box.y1)).size).toBe(1);
    }
  });

  it.each([100, 200, 400])('keeps the id of somebody behind a column for 0.6 s, sampled every %i ms', (intervalMs) => {
    const tracks = follow(intervalMs, 6000, (ptsMs) => {
      return ptsMs >= 3000 && ptsMs < 3600 ? [] : [{ x: (ptsMs * 120) / 1000 }];
    });
    expect(tracks).toHaveLength(1);
  });

  it('lets a weak box continue a track but not start one', () => {
    const fading = follow(200, 2000, (ptsMs) => [{ x: 100 + ptsMs / 8, confidence: ptsMs < 800 ? 0.7 : 0.2 }]);
    expect(fading).toHaveLength(1);
    expect(fading[0]?.points).toHaveLength(10);
    expect(follow(200, 2000, () => [{ x: 100, confidence: 0.25 }])).toEqual([]);
  });

  it('gives the strong boxes away first: a weak box does not take a track from the right one', () => {
    const tracks = follow(200, 2000, (ptsMs) => [
      { x: 100, confidence: 0.8 },
      ...(ptsMs >= 1000 ? [{ x: 104, confidence: 0.2 }] : []),
    ]);
    expect(tracks).toHaveLength(1);
    expect(tracks[0]?.points.every(({ confidence }) => confidence === 0.8)).toBe(true);
  });

  it('forgets somebody gone for long: whoever stands there later is somebody else', () => {
    const tracks = follow(200, 12_000, (ptsMs) => (ptsMs >= 2000 && ptsMs < 8000 ? [] : [{ x: 100 }]));
    expect(tracks).toHaveLength(2);
  });

  it('does not hand an id to somebody who appears elsewhere', () => {
    const tracks = follow(200, 4000, (ptsMs) => (ptsMs < 2000 ? [{ x: 100 }] : [{ x: 700 }]));
    expect(tracks).toHaveLength(2);
  });

  it('has nothing to follow in nothing', () => {
    expect(trackPersons([], 200)).toEqual([]);
    expect(follow(200, 1000, () => [])).toEqual([]);
  });
});
