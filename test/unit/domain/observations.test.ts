import { describe, expect, it } from 'vitest';
import { buildObservations, summarizeTrack } from '../../../src/domain/observations.js';
import type { PersonTimeline } from '../../../src/domain/person-timeline.js';
import type { ItemState } from '../../../src/domain/status-smoothing.js';

const worn: ItemState = { status: 'worn', reason: 'item_detected' };
const missing: ItemState = { status: 'missing', reason: 'missing_class_detected' };
const hidden: ItemState = { status: 'unknown', reason: 'not_observed' };
const covered: ItemState = { status: 'unknown', reason: 'occluded' };

const timeline: PersonTimeline = {
  trackId: 3,
  cells: [0, 1, 2, 3, 4, 5].map((i) => ({ startMs: 1000 + i * 200, endMs: 1200 + i * 200, frame: i })),
  points: [],
  items: new Map([
    ['helmet', [worn, worn, covered, hidden, hidden, missing]],
    ['vest', [worn, worn, worn, worn, worn, worn]],
  ]),
  visits: [],
  demands: new Map(),
};

describe('buildObservations', () => {
  it('makes one run of each stretch of equal status, with the reason that held longest', () => {
    expect(buildObservations(timeline)).toEqual([
      { trackId: 3, item: 'helmet', status: 'worn', reason: 'item_detected', startMs: 1000, endMs: 1400 },
      { trackId: 3, item: 'helmet', status: 'unknown', reason: 'not_observed', startMs: 1400, endMs: 2000 },
      { trackId: 3, item: 'helmet', status: 'missing', reason: 'missing_class_detected', startMs: 2000, endMs: 2200 },
      { trackId: 3, item: 'vest', status: 'worn', reason: 'item_detected', startMs: 1000, endMs: 2200 },
    ]);
  });
});

describe('summarizeTrack', () => {
  it('adds the runs up', () => {
    expect(summarizeTrack(timeline, buildObservations(timeline))).toEqual({
      trackId: 3,
      firstMs: 1000,
      lastMs: 2200,
      items: {
        helmet: { wornMs: 400, missingMs: 200, unknownMs: 600 },
        vest: { wornMs: 1200, missingMs: 0, unknownMs: 0 },
      },
    });
  });
});
