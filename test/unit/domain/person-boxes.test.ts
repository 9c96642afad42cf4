import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { findPersonBoxes } from '../../../src/domain/person-boxes.js';
import { detection, HELMET, PERSON, ROLES } from '../../support/scene.js';

const standing = frameBox(100, 100, 180, 300);

describe('findPersonBoxes', () => {
  it('takes people only, and no empty boxes', () => {
    const found = findPersonBoxes(
      [
        detection(PERSON, standing, 0.8),
        detection(HELMET, frameBox(120, 100, 150, 130)),
        detection(PERSON, frameBox(5, 5, 5, 9)),
      ],
      ROLES,
    );
    expect(found).toEqual([{ box: standing, confidence: 0.8 }]);
  });

  it('keeps the stronger of two boxes on one body', () => {
    const again = frameBox(104, 104, 184, 304);
    expect(findPersonBoxes([detection(PERSON, standing, 0.8), detection(PERSON, again, 0.7)], ROLES)).toHaveLength(1);
  });

  it('drops a box to the waist inside a box to the feet, whichever is stronger', () => {
    const toTheWaist = frameBox(102, 102, 178, 200);
    for (const boxes of [
      [standing, toTheWaist],
      [toTheWaist, standing],
    ] as const) {
      const found = findPersonBoxes([detection(PERSON, boxes[0], 0.8), detection(PERSON, boxes[1], 0.7)], ROLES);
      expect(found.map(({ box }) => box)).toEqual([boxes[0]]);
    }
  });

  it('drops uncertain legs inside a certain person, but keeps somebody who kneels in front', () => {
    const low = frameBox(110, 200, 175, 298);
    expect(findPersonBoxes([detection(PERSON, standing, 0.8), detection(PERSON, low, 0.3)], ROLES)).toHaveLength(1);
    expect(findPersonBoxes([detection(PERSON, standing, 0.8), detection(PERSON, low, 0.6)], ROLES)).toHaveLength(2);
  });

  it('keeps two people side by side who overlap by half', () => {
    const beside = frameBox(140, 105, 220, 305);
    expect(findPersonBoxes([detection(PERSON, standing, 0.8), detection(PERSON, beside, 0.4)], ROLES)).toHaveLength(2);
  });
});
