import { describe, expect, it } from 'vitest';
import { createNmsScratch, suppressNonMaxima } from '../../../src/domain/nms.js';
import { createCandidates, type Candidates } from '../../../src/domain/yolov8-output.js';

type Row = [x1: number, y1: number, x2: number, y2: number, score: number, classId: number];

function candidates(rows: Row[]): Candidates {
  const into = createCandidates(rows.length);
  for (const [i, [x1, y1, x2, y2, score, classId]] of rows.entries()) {
    into.x1[i] = x1;
    into.y1[i] = y1;
    into.x2[i] = x2;
    into.y2[i] = y2;
    into.score[i] = score;
    into.classId[i] = classId;
  }
  into.count = rows.length;
  return into;
}

function keep(rows: Row[], iou = 0.5, maxDetections = 300): number[] {
  return [...suppressNonMaxima(candidates(rows), { iou, maxDetections }, createNmsScratch(rows.length))];
}

describe('suppressNonMaxima', () => {
  it('keeps the more confident of two that overlap', () => {
    expect(
      keep([
        [0, 0, 10, 10, 0.5, 0],
        [1, 0, 11, 10, 0.9, 0],
      ]),
    ).toEqual([1]);
  });

  it('keeps both when their classes differ', () => {
    expect(
      keep([
        [0, 0, 10, 10, 0.5, 0],
        [0, 0, 10, 10, 0.9, 1],
      ]),
    ).toEqual([1, 0]);
  });

  it('keeps both at exactly the threshold', () => {
    // Intersection 50, union 100.
    const rows: Row[] = [
      [0, 0, 10, 10, 0.9, 0],
      [0, 0, 10, 5, 0.8, 0],
    ];
    expect(keep(rows, 0.5)).toEqual([0, 1]);
    expect(keep(rows, 0.49)).toEqual([0]);
  });

  it('lets a suppressed box suppress nobody', () => {
    expect(
      keep([
        [0, 0, 10, 10, 0.9, 0],
        [3, 0, 13, 10, 0.8, 0],
        [6, 0, 16, 10, 0.7, 0],
      ]),
    ).toEqual([0, 2]);
  });

  it('orders ties by class, then by position', () => {
    expect(
      keep([
        [0, 0, 1, 1, 0.5, 2],
        [5, 5, 6, 6, 0.5, 1],
        [8, 8, 9, 9, 0.5, 1],
      ]),
    ).toEqual([1, 2, 0]);
  });

  it('stops at maxDetections', () => {
    expect(
      keep(
        [
          [0, 0, 1, 1, 0.3, 0],
          [5, 5, 6, 6, 0.9, 0],
          [8, 8, 9, 9, 0.6, 0],
        ],
        0.5,
        2,
      ),
    ).toEqual([1, 2]);
  });

  it('keeps boxes without area apart and ends on nothing', () => {
    expect(
      keep([
        [1, 1, 1, 1, 0.9, 0],
        [1, 1, 1, 1, 0.8, 0],
      ]),
    ).toEqual([0, 1]);
    expect(keep([])).toEqual([]);
  });
});
