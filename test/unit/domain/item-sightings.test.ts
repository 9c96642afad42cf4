import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { sightItem } from '../../../src/domain/item-sightings.js';
import type { ItemSighting } from '../../../src/domain/item-sightings.js';
import type { Detection, ItemRoles } from '../../../src/domain/terms.js';
import { BARE_HEAD, detection, HELMET, VIDEO } from '../../support/scene.js';

const person = frameBox(400, 100, 480, 300);
const head = frameBox(425, 100, 455, 130);
const HEAD_ROLES: ItemRoles = { worn: [HELMET], missing: [BARE_HEAD], region: 'head' };
const WORN_ONLY: ItemRoles = { worn: [HELMET], missing: [], region: 'head' };

function sight(detections: readonly Detection[], roles: ItemRoles = HEAD_ROLES): ItemSighting | undefined {
  return sightItem([person], detections, roles, VIDEO)[0];
}

describe('sightItem', () => {
  it('reports the helmet or the bare head with its confidence and box', () => {
    expect(sight([detection(HELMET, head, 0.6)])).toEqual({
      worn: 0.6,
      missing: 0,
      reason: 'item_detected',
      box: head,
    });
    expect(sight([detection(BARE_HEAD, head, 0.4)])).toEqual({
      worn: 0,
      missing: 0.4,
      reason: 'missing_class_detected',
      box: head,
    });
  });

  it('lets the clearly surer of two contradicting boxes win', () => {
    const both = [detection(BARE_HEAD, head, 0.6), detection(HELMET, head, 0.2)];
    expect(sight(both)).toMatchObject({ worn: 0.2, missing: 0.6, reason: 'missing_class_detected' });
  });

  it('calls equally sure ones a conflict', () => {
    const both = [detection(BARE_HEAD, head, 0.5), detection(HELMET, head, 0.45)];
    expect(sight(both)?.reason).toBe('conflicting_detections');
  });

  it('does not count a helmet in the hand', () => {
    const carried = detection(HELMET, frameBox(460, 210, 490, 235), 0.9);
    expect(sight([carried])).toMatchObject({ worn: 0, missing: 0, reason: 'low_confidence' });
    expect(sight([carried, detection(BARE_HEAD, head, 0.3)])).toMatchObject({ worn: 0, missing: 0.3 });
  });

  it('does not count a helmet held up below a bare head either', () => {
    // A crouching person: the head region reaches far down and the helmet is in it.
    const crouching = frameBox(400, 200, 500, 320);
    const bare = detection(BARE_HEAD, frameBox(435, 200, 465, 230), 0.4);
    const held = detection(HELMET, frameBox(470, 226, 498, 250), 0.8);
    const [alone] = sightItem([crouching], [held], HEAD_ROLES, VIDEO);
    const [both] = sightItem([crouching], [held, bare], HEAD_ROLES, VIDEO);
    expect(alone?.worn).toBe(0.8);
    expect(both).toMatchObject({ worn: 0, missing: 0.4, reason: 'missing_class_detected' });
  });

  it('says why it does not know', () => {
    expect(sight([])?.reason).toBe('low_confidence');
    const reasonOf = (box: typeof person): string | undefined => sightItem([box], [], HEAD_ROLES, VIDEO)[0]?.reason;
    expect(reasonOf(frameBox(400, 100, 420, 150))).toBe('too_small');
    expect(reasonOf(frameBox(400, 0, 480, 180))).toBe('cut_by_frame_edge');
    expect(sightItem([person, frameBox(390, 90, 490, 340)], [], HEAD_ROLES, VIDEO)[0]?.reason).toBe('occluded');
  });

  it('takes absence on a clearly visible head for missing where the model has no class for it', () => {
    const absent = sight([], WORN_ONLY);
    expect(absent).toMatchObject({ worn: 0, missing: 0.35, reason: 'absent_on_visible_region' });
    expect(absent?.box?.y1).toBe(100);
    expect(sight([detection(HELMET, head, 0.2)], WORN_ONLY)).toMatchObject({ worn: 0.2, missing: 0 });
    expect(sightItem([frameBox(400, 0, 480, 180)], [], WORN_ONLY, VIDEO)[0]).toMatchObject({
      missing: 0,
      reason: 'cut_by_frame_edge',
    });
  });

  it('believes a detection on a head that is half hidden', () => {
    expect(
      sightItem([frameBox(400, 0, 480, 180)], [detection(HELMET, frameBox(425, 0, 455, 25), 0.5)], HEAD_ROLES, VIDEO)[0]
        ?.worn,
    ).toBe(0.5);
  });
});
