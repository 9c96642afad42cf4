import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { stitchTracks } from '../../../src/domain/stitch-tracks.js';
import type { Track } from '../../../src/domain/tracker.js';
import { VIDEO } from '../../support/scene.js';

/** A person 200 px high, sampled every 200 ms, from one time and place to another. */
function walk(fromMs: number, toMs: number, x: number, speed: number, y = 100): Track {
  const points = [];
  for (let ptsMs = fromMs; ptsMs <= toMs; ptsMs += 200) {
    const left = x + (speed * (ptsMs - fromMs)) / 1000;
    points.push({ frame: ptsMs / 200, ptsMs, confidence: 0.7, box: frameBox(left, y, left + 80, y + 200) });
  }
  return { points };
}

const stitch = (...tracks: Track[]): readonly Track[] => stitchTracks(tracks, 200, VIDEO);

describe('stitchTracks', () => {
  it('joins a walk that goes on where it was heading, three seconds later', () => {
    const [before, after] = [walk(0, 2000, 100, 100), walk(5000, 7000, 600, 100)];
    expect(stitch(before, after)).toEqual([{ points: [...before.points, ...after.points] }]);
  });

  it('joins three parts', () => {
    expect(stitch(walk(0, 2000, 400, 0), walk(5000, 7000, 400, 0), walk(10_000, 12_000, 400, 0))).toHaveLength(1);
  });

  it('leaves apart who comes from elsewhere, even at the right place', () => {
    // Standing still before; the newcomer runs through that place from the right.
    expect(stitch(walk(0, 2000, 400, 0), walk(4000, 5000, 560, -200))).toHaveLength(2);
  });

  it('leaves apart what overlaps in time or lies too far apart in time', () => {
    expect(stitch(walk(0, 2000, 400, 0), walk(1800, 4000, 400, 0))).toHaveLength(2);
    expect(stitch(walk(0, 2000, 400, 0), walk(9000, 11_000, 400, 0))).toHaveLength(2);
  });

  it('takes who was last seen at the edge for gone', () => {
    const leaving = walk(0, 2000, 720, 100); // ends at x2 = 1000, the right edge
    const coming = walk(4000, 6000, 900, -50);
    expect(stitch(leaving, coming)).toHaveLength(2);
  });

  it('sees past one wrong box at the end', () => {
    const before = walk(0, 2000, 100, 100);
    const last = before.points.at(-1);
    if (last === undefined) throw new Error('no points');
    const spoiled: Track = {
      points: [...before.points.slice(0, -1), { ...last, box: frameBox(360, 230, 440, 430) }],
    };
    expect(stitch(spoiled, walk(4000, 6000, 500, 100))).toHaveLength(1);
  });

  it('gives one end to one start only', () => {
    const joined = stitch(walk(0, 2000, 400, 0), walk(4000, 6000, 402, 0), walk(4000, 6000, 440, 0));
    expect(joined).toHaveLength(2);
    expect(joined[0]?.points.at(-1)?.box.x1).toBe(402);
  });
});
