import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import type { PersonTimeline, SightedPoint } from '../../../src/domain/person-timeline.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Rules, Violation } from '../../../src/domain/terms.js';
import { findViolations } from '../../../src/domain/violations.js';

const RULES: Rules = { ...DEFAULT_RULES, minViolationMs: 800, mergeGapMs: 1000 };
const FRAMES = Array.from({ length: 60 }, (_, i) => ({ frameIndex: i * 5, ptsMs: i * 200, detections: [] }));

/**
 * One person over cells of 200 ms. `film` has a letter a cell for the helmet: M missing, W worn, ? unknown, a blank for
 * not found. `places` says where: a dot for the whole picture, a letter for a zone, a dash for nothing demanded.
 */
function timeline(film: string, places = '.'.repeat(film.length), trackId = 1, confidence = 0.5): PersonTimeline {
  const cells = Array.from(film).map((_, i) => ({ startMs: i * 200, endMs: (i + 1) * 200, frame: i }));
  return {
    trackId,
    cells,
    points: Array.from(film).map((letter, i) =>
      letter === ' ' ? undefined : point(i, letter === 'M' ? confidence : 0),
    ),
    items: new Map([
      [
        'helmet',
        Array.from(film).map((letter) =>
          letter === 'M'
            ? ({ status: 'missing', reason: 'missing_class_detected' } as const)
            : letter === 'W'
              ? ({ status: 'worn', reason: 'item_detected' } as const)
              : ({ status: 'unknown', reason: 'occluded' } as const),
        ),
      ],
    ]),
    visits: [],
    demands: new Map([
      [
        'helmet',
        Array.from(places).map((place) => (place === '-' ? undefined : { zone: place === '.' ? null : place })),
      ],
    ]),
  };
}

function point(frame: number, missing: number, change: Partial<SightedPoint> = {}): SightedPoint {
  const reason = missing > 0 ? 'missing_class_detected' : 'occluded';
  const box = frameBox(100, 100, 180, 300);
  const sighting = { worn: 0, missing, reason, box: missing > 0 ? frameBox(125, 100, 155, 130) : null } as const;
  return {
    frame,
    ptsMs: frame * 200,
    box,
    confidence: 0.7,
    clarity: 1,
    sightings: new Map([['helmet', sighting]]),
    ...change,
  };
}

const find = (...timelines: PersonTimeline[]): readonly Violation[] => findViolations(timelines, FRAMES, RULES);
const spans = (violations: readonly Violation[]): unknown[] =>
  violations.map(({ startMs, endMs, zone }) => [startMs, endMs, zone]);

describe('findViolations', () => {
  it('reports a stretch with its times, confidence, reason and the frame that shows it', () => {
    expect(find(timeline('WWMMMMMWW'))).toEqual([
      {
        number: 1,
        trackId: 1,
        item: 'helmet',
        zone: null,
        startMs: 400,
        endMs: 1400,
        confidence: 0.5,
        reason: 'missing_class_detected',
        evidence: {
          frameIndex: 10,
          ptsMs: 400,
          box: frameBox(100, 100, 180, 300),
          marks: [{ box: frameBox(125, 100, 155, 130), label: 'no helmet', status: 'missing' }],
        },
      },
    ]);
  });

  it('drops a stretch that is too short: 600 ms of 800', () => {
    expect(find(timeline('WWMMMWW'))).toEqual([]);
    expect(find(timeline('WWMMMMWW'))).toHaveLength(1);
  });

  it('is not split by being unsure, hidden or right for a moment', () => {
    expect(spans(find(timeline('MMMM?? ?MMMM')))).toEqual([[0, 2400, null]]);
    expect(spans(find(timeline('MMMMWWWWMMMM')))).toEqual([[0, 2400, null]]);
    expect(spans(find(timeline('MMMMWWWWWMMMM')))).toEqual([
      [0, 800, null],
      [1800, 2600, null],
    ]);
  });

  it('keeps one stretch whole when nothing is to be merged', () => {
    const rules = { ...RULES, mergeGapMs: 0 };
    const found = findViolations([timeline('MMMMM?MMMMM')], FRAMES, rules);
    expect(spans(found)).toEqual([
      [0, 1000, null],
      [1200, 2200, null],
    ]);
  });

  it('does not let gaps make up for missing time', () => {
    expect(find(timeline('MM?????M'))).toEqual([]); // 600 ms in 1600 ms
  });

  it('runs to the end of the track, also where the video ends', () => {
    expect(spans(find(timeline('WWWWMMMMM')))).toEqual([[800, 1800, null]]);
  });

  it('counts only where somebody demands the item', () => {
    expect(spans(find(timeline('MMMMMMMMMM', '-----.....')))).toEqual([[1000, 2000, null]]);
    expect(find(timeline('MMMMMMMMMM', '----------'))).toEqual([]);
  });

  it('splits where another zone’s rule begins to be broken', () => {
    expect(spans(find(timeline('MMMMMMMMMM', '....aaaaaa')))).toEqual([
      [0, 800, null],
      [800, 2000, 'a'],
    ]);
  });

  it('does not lose a violation on the line between two zones', () => {
    expect(spans(find(timeline('MMMMMMMMMM', 'aabbaabbaa')))).toEqual([[0, 2000, 'a']]);
    expect(spans(find(timeline('MMMMMM', '.aabbb')))).toEqual([[0, 1200, 'b']]);
  });

  it('numbers by start, then track', () => {
    const found = find(
      timeline('WWMMMMM', undefined, 1),
      timeline('MMMMMMM', undefined, 2),
      timeline('MMMMMMM', undefined, 3),
    );
    expect(found.map(({ number, trackId }) => [number, trackId])).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
  });

  it('shows the moment when lack and person are surest, and the person free and large', () => {
    const base = timeline('MMMMMMMM');
    const show = (...points: (SightedPoint | undefined)[]): number | undefined =>
      find({ ...base, points: [...points, ...base.points.slice(points.length)] })[0]?.evidence.frameIndex;
    expect(show(point(0, 0.5), point(1, 0.8))).toBe(5);
    expect(show(point(0, 0.5), point(1, 0.5, { confidence: 0.9 }))).toBe(5);
    expect(show(point(0, 0.5, { clarity: 0.4 }))).toBe(5);
    expect(show(point(0, 0.5), point(1, 0.5), point(2, 0.5, { box: frameBox(0, 0, 200, 500) }))).toBe(10);
  });

  it('says when it was the absence that spoke', () => {
    const base = timeline('MMMMM');
    const sightings = new Map([
      ['helmet', { worn: 0, missing: 0.35, reason: 'absent_on_visible_region', box: null } as const],
    ]);
    const points = base.points.map((entry) => (entry === undefined ? undefined : { ...entry, sightings }));
    expect(find({ ...base, points })[0]?.reason).toBe('absent_on_visible_region');
  });
});
