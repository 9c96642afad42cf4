import { describe, expect, it } from 'vitest';
import { containsPoint, frameBox } from '../../../src/domain/box-geometry.js';
import type { ClassRoles, Detection } from '../../../src/domain/terms.js';
import { faceOfStanding, faceRegions } from '../../../src/media/face-regions.js';

const roles: ClassRoles = {
  person: [0],
  items: {
    helmet: { worn: [1], missing: [2], region: 'head' },
    vest: { worn: [3], missing: [4], region: 'torso' },
  },
};
const picture = { widthPx: 640, heightPx: 480 };

function found(classId: number, box: [number, number, number, number], confidence = 0.8): Detection {
  return { classId, confidence, box: frameBox(...box) };
}

describe('faceRegions', () => {
  const person = found(0, [100, 100, 200, 400]);

  it('hides the face and not the top of a bare head', () => {
    const [region] = faceRegions([person, found(2, [130, 100, 170, 150])], roles, picture);
    expect(region).toMatchObject({ y1: 117.5, y2: 167.5 });
    expect(containsPoint(region ?? frameBox(0, 0, 0, 0), { x: 150, y: 130 })).toBe(true);
  });

  it('hides what is under a helmet and not the helmet', () => {
    expect(faceRegions([found(1, [130, 100, 170, 130])], roles, picture)).toEqual([frameBox(124, 115, 176, 148)]);
  });

  it('guesses the face of somebody whose head was not found', () => {
    const regions = faceRegions([person], roles, picture);
    expect(regions).toEqual([faceOfStanding(person.box)]);
    expect(regions[0]?.y1).toBeGreaterThan(100);
    expect(regions[0]?.y2).toBeLessThan(100 + 300 * 0.25);
  });

  it('does not take the helmet of a neighbour for the head of a person', () => {
    expect(faceRegions([person, found(1, [400, 100, 440, 130])], roles, picture)).toHaveLength(2);
    expect(faceRegions([person, found(1, [130, 95, 170, 125])], roles, picture)).toHaveLength(1);
  });

  it('stays in the picture and passes over vests and doubtful boxes', () => {
    expect(faceRegions([found(1, [600, 450, 650, 480])], roles, picture)).toEqual([frameBox(592.5, 465, 640, 480)]);
    expect(faceRegions([found(3, [0, 0, 50, 50]), found(0, [0, 0, 50, 150], 0.05)], roles, picture)).toEqual([]);
  });
});
