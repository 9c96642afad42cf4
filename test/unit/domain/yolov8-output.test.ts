import { describe, expect, it } from 'vitest';
import { createCandidates, decodeYolov8Output } from '../../../src/domain/yolov8-output.js';

/** Two classes, three anchors. */
const ROWS = [
  [10, 50, 90], // centre x
  [20, 60, 100], // centre y
  [4, 8, 12], // width
  [6, 10, 14], // height
  [0.9, 0.1, 0.3], // class 0
  [0.2, 0.8, 0.3], // class 1
];
const output = (rows: number[][] = ROWS): Float32Array => Float32Array.from(rows.flat());
const layout = { classCount: 2, anchorCount: 3, scoreFloor: 0.25 };

describe('decodeYolov8Output', () => {
  it('turns every class over the floor into a candidate', () => {
    const into = createCandidates(10);
    expect(decodeYolov8Output(output(), layout, into)).toBe('ok');
    expect(into.count).toBe(4);
    expect([...into.classId.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
    expect([into.x1[0], into.y1[0], into.x2[0], into.y2[0]]).toEqual([8, 17, 12, 23]);
    expect([into.x1[2], into.y1[2], into.x2[2], into.y2[2]]).toEqual([46, 55, 54, 65]);
    expect(into.score[2]).toBeCloseTo(0.8, 6);
  });

  it('starts afresh every time', () => {
    const into = createCandidates(10);
    decodeYolov8Output(output(), layout, into);
    decodeYolov8Output(output(), { ...layout, scoreFloor: 0.85 }, into);
    expect(into.count).toBe(1);
  });

  it('keeps a score equal to the floor', () => {
    const into = createCandidates(10);
    decodeYolov8Output(output(), { ...layout, scoreFloor: Math.fround(0.9) }, into);
    expect(into.count).toBe(1);
  });

  it('reports a NaN score', () => {
    const rows = ROWS.map((row) => [...row]);
    rows[5]![1] = Number.NaN;
    expect(decodeYolov8Output(output(rows), layout, createCandidates(10))).toBe('not_a_number');
  });

  it('reports a NaN or infinite box of a kept candidate', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const rows = ROWS.map((row) => [...row]);
      rows[2]![0] = value;
      expect(decodeYolov8Output(output(rows), layout, createCandidates(10))).toBe('not_a_number');
    }
  });

  it('stops when the arrays are full', () => {
    const into = createCandidates(2);
    expect(decodeYolov8Output(output(), layout, into)).toBe('overflow');
    expect(into.count).toBe(2);
  });

  it('refuses an output that is too short', () => {
    expect(() => decodeYolov8Output(new Float32Array(5), layout, createCandidates(2))).toThrow(RangeError);
  });
});
