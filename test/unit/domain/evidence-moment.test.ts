import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { describeMoment, pickBestPoint } from '../../../src/domain/evidence-moment.js';
import type { ItemSighting } from '../../../src/domain/item-sightings.js';
import type { SightedPoint } from '../../../src/domain/person-timeline.js';

const box = frameBox(100, 100, 180, 300);
const head = frameBox(125, 100, 155, 130);

function point(frame: number, sightings: Record<string, ItemSighting>): SightedPoint {
  return {
    frame,
    ptsMs: frame * 200,
    box,
    confidence: 0.7,
    clarity: 1,
    sightings: new Map(Object.entries(sightings)),
  };
}

describe('pickBestPoint', () => {
  it('takes the first of equals and nothing where no point says so', () => {
    const missing: ItemSighting = { worn: 0, missing: 0.5, reason: 'missing_class_detected', box: head };
    const [first, second] = [point(1, { helmet: missing }), point(2, { helmet: missing })];
    expect(pickBestPoint([first, second], 'helmet')).toBe(first);
    expect(pickBestPoint([first, second], 'vest')).toBeUndefined();
    expect(pickBestPoint([], 'helmet')).toBeUndefined();
  });
});

describe('describeMoment', () => {
  it('marks every item that the frame shows', () => {
    const moment = describeMoment(
      point(1, {
        helmet: { worn: 0, missing: 0.5, reason: 'missing_class_detected', box: head },
        vest: { worn: 0.6, missing: 0.1, reason: 'item_detected', box },
        gloves: { worn: 0.3, missing: 0.3, reason: 'conflicting_detections', box: head },
        boots: { worn: 0, missing: 0, reason: 'occluded', box: null },
      }),
      [
        { frameIndex: 0, ptsMs: 0, detections: [] },
        { frameIndex: 5, ptsMs: 203, detections: [] },
      ],
    );
    expect(moment).toEqual({
      frameIndex: 5,
      ptsMs: 203,
      box,
      marks: [
        { box: head, label: 'no helmet', status: 'missing' },
        { box, label: 'vest', status: 'worn' },
        { box: head, label: 'gloves?', status: 'unknown' },
      ],
    });
  });
});
