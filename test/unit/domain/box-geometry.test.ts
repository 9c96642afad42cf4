import { describe, expect, it } from 'vitest';
import {
  area,
  centre,
  clipToPicture,
  containsPoint,
  coveredShare,
  frameBox,
  height,
  intersection,
  intersectionArea,
  iou,
  width,
} from '../../../src/domain/box-geometry.js';

const a = frameBox(0, 0, 10, 20);
const b = frameBox(5, 10, 15, 30);

describe('box geometry', () => {
  it('orders corners given the wrong way round', () => {
    expect(frameBox(10, 20, 0, 5)).toEqual({ x1: 0, y1: 5, x2: 10, y2: 20 });
  });

  it('measures', () => {
    expect([width(b), height(b), area(b)]).toEqual([10, 20, 200]);
    expect(centre(b)).toEqual({ x: 10, y: 20 });
  });

  it('intersects', () => {
    expect(intersectionArea(a, b)).toBe(50);
    expect(intersection(a, b)).toEqual({ x1: 5, y1: 10, x2: 10, y2: 20 });
    expect(iou(a, b)).toBeCloseTo(50 / 350, 12);
    expect(iou(a, a)).toBe(1);
  });

  it('calls boxes that only touch apart', () => {
    const beside = frameBox(10, 0, 20, 20);
    expect(intersectionArea(a, beside)).toBe(0);
    expect(intersection(a, beside)).toBeUndefined();
    expect(iou(a, beside)).toBe(0);
  });

  it('gives 0 and not NaN for empty boxes', () => {
    const empty = frameBox(3, 3, 3, 3);
    expect(iou(empty, empty)).toBe(0);
    expect(coveredShare(empty, a)).toBe(0);
  });

  it('tells how much of one box lies in another', () => {
    expect(coveredShare(frameBox(2, 2, 4, 4), a)).toBe(1);
    expect(coveredShare(b, a)).toBe(0.25);
  });

  it('counts edges as inside', () => {
    expect(containsPoint(a, { x: 10, y: 20 })).toBe(true);
    expect(containsPoint(a, { x: 10.01, y: 20 })).toBe(false);
  });

  it('clips to the picture', () => {
    expect(clipToPicture(frameBox(-5, -5, 50, 50), 40, 30)).toEqual({ x1: 0, y1: 0, x2: 40, y2: 30 });
    expect(area(clipToPicture(frameBox(100, 0, 120, 10), 40, 30))).toBe(0);
  });
});
