import { describe, expect, it } from 'vitest';
import { bodyRegion, expectedBodyPart } from '../../../src/domain/body-regions.js';
import { frameBox } from '../../../src/domain/box-geometry.js';

const standing = frameBox(100, 100, 180, 300); // 80 × 200
const toTheWaist = frameBox(100, 100, 180, 200); // 80 × 100: legs hidden or cut off

describe('bodyRegion', () => {
  it('looks for the head of a standing person in the top quarter', () => {
    // depth 0.6 · 80 = 48 px (0.24 of the height), 16 px above, 6.4 px to either side
    expect(bodyRegion(standing, 'head')).toEqual(frameBox(93.6, 84, 186.4, 148));
  });

  it('gives the head more of a box that ends at the waist', () => {
    // 0.6 · 80 = 48 px would be nearly half of it: bounded at 0.42
    expect(bodyRegion(toTheWaist, 'head')).toEqual(frameBox(93.6, 92, 186.4, 142));
  });

  it('keeps a fifth for the head of somebody very slim', () => {
    expect(bodyRegion(frameBox(100, 100, 130, 300), 'head').y2).toBe(140);
  });

  it('looks for the torso of a standing person above the legs, of a half one down to the end', () => {
    expect(bodyRegion(standing, 'torso').y1).toBe(120);
    expect(bodyRegion(standing, 'torso').y2).toBe(224);
    expect(bodyRegion(toTheWaist, 'torso').y2).toBe(202);
  });
});

describe('expectedBodyPart', () => {
  it('is inside the region', () => {
    for (const person of [standing, toTheWaist]) {
      for (const region of ['head', 'torso'] as const) {
        const [part, around] = [expectedBodyPart(person, region), bodyRegion(person, region)];
        expect(part.x1).toBeGreaterThanOrEqual(around.x1);
        expect(part.x2).toBeLessThanOrEqual(around.x2);
        expect(part.y1).toBeGreaterThanOrEqual(around.y1);
        expect(part.y2).toBeLessThanOrEqual(around.y2);
      }
    }
  });
});
