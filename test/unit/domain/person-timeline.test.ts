import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { buildTimeline } from '../../../src/domain/person-timeline.js';
import type { PersonTimeline, SightedPoint } from '../../../src/domain/person-timeline.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { PointFraction, Zone } from '../../../src/domain/terms.js';
import { VIDEO } from '../../support/scene.js';

const RIGHT_HALF: readonly PointFraction[] = [
  [0.5, 0],
  [1, 0],
  [1, 1],
  [0.5, 1],
];
const CELLS = Array.from({ length: 20 }, (_, i) => ({ startMs: i * 200, endMs: (i + 1) * 200, frame: i }));

/** Somebody at x (middle of the box) on a frame; the picture is 1000 px wide. */
function point(frame: number, x: number): SightedPoint {
  const box = frameBox(x - 40, 100, x + 40, 300);
  return { frame, ptsMs: frame * 200 + 100, box, confidence: 0.7, clarity: 1, sightings: new Map() };
}

function timeline(points: readonly SightedPoint[], zones: readonly Zone[] = []): PersonTimeline {
  return buildTimeline(7, points, CELLS, { ...DEFAULT_RULES, zones }, VIDEO);
}

describe('buildTimeline', () => {
  it('spans the cells from the first to the last sight', () => {
    const { trackId, cells, points } = timeline([point(3, 100), point(4, 100), point(6, 100)]);
    expect(trackId).toBe(7);
    expect([cells[0]?.startMs, cells.at(-1)?.endMs]).toEqual([600, 1400]);
    expect(points.map((entry) => entry?.frame)).toEqual([3, 4, undefined, 6]);
  });

  it('knows nothing of an item without sightings', () => {
    const { items } = timeline([point(3, 100), point(4, 100)]);
    expect(items.get('helmet')).toEqual([
      { status: 'unknown', reason: 'not_observed' },
      { status: 'unknown', reason: 'not_observed' },
    ]);
  });

  it('asks for the zone’s items from the moment the foot is in it', () => {
    const zone: Zone = { name: 'road', polygon: RIGHT_HALF, required: ['vest'] };
    const walk = Array.from({ length: 10 }, (_, i) => point(i, 300 + i * 50)); // x = 500 at frame 4
    const { demands, visits } = timeline(walk, [zone]);
    expect(visits[0]).toEqual([false, false, false, false, true, true, true, true, true, true]);
    expect(demands.get('helmet')?.map((demand) => demand?.zone)).toEqual([
      ...[null, null, null, null],
      ...Array.from({ length: 6 }, () => undefined),
    ]);
    expect(demands.get('vest')?.map((demand) => demand?.zone)).toEqual([
      ...[null, null, null, null],
      ...Array.from({ length: 6 }, () => 'road'),
    ]);
  });

  it('walks on a straight line while nobody sees it', () => {
    const zone: Zone = { name: 'road', polygon: RIGHT_HALF, required: [] };
    const { visits } = timeline([point(0, 300), point(8, 700)], [zone]); // x = 500 at frame 4
    expect(visits[0]).toEqual([false, false, false, false, true, true, true, true, true]);
  });
});
