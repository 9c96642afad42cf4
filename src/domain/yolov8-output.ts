/* eslint-disable @typescript-eslint/no-non-null-assertion -- hot loop */

/**
 * Boxes that the model proposed, before non-maximum suppression, in parallel arrays of which the first `count` entries
 * are valid. Corners are model-input pixels. Made once and filled again for every frame.
 */
export type Candidates = {
  count: number;
  readonly capacity: number;
  readonly x1: Float32Array;
  readonly y1: Float32Array;
  readonly x2: Float32Array;
  readonly y2: Float32Array;
  readonly score: Float32Array;
  readonly classId: Uint16Array;
};

export function createCandidates(capacity: number): Candidates {
  return {
    count: 0,
    capacity,
    x1: new Float32Array(capacity),
    y1: new Float32Array(capacity),
    x2: new Float32Array(capacity),
    y2: new Float32Array(capacity),
    score: new Float32Array(capacity),
    classId: new Uint16Array(capacity),
  };
}

export type OutputLayout = {
  readonly classCount: number;
  readonly anchorCount: number;
  /** Scores below it are not looked at, 0…1. */
  readonly scoreFloor: number;
};

export type DecodeOutcome = 'ok' | 'not_a_number' | 'overflow';

/**
 * YOLOv8 detection head, shape [4 + classes, anchors], row major: rows of centre x, centre y, width, height in
 * model-input pixels, then one row of scores 0…1 per class. Every class of an anchor that reaches the floor becomes a
 * candidate of its own (multi-label), in order of class, then anchor.
 *
 * Says `not_a_number` when a score or a kept box is NaN, and `overflow` when there are more candidates than the arrays
 * hold (the first `capacity` are kept: a model that is sure of thousands of boxes is broken anyway).
 */
export function decodeYolov8Output(output: Float32Array, layout: OutputLayout, into: Candidates): DecodeOutcome {
  const { classCount, anchorCount, scoreFloor } = layout;
  into.count = 0;
  if (output.length < (4 + classCount) * anchorCount)
    throw new RangeError(`The output holds ${output.length} numbers, ${(4 + classCount) * anchorCount} expected`);
  for (let classId = 0; classId < classCount; classId++) {
    const row = (4 + classId) * anchorCount;
    for (let anchor = 0; anchor < anchorCount; anchor++) {
      const score = output[row + anchor]!;
      // NaN is not below the floor either: it falls through to the check.
      if (score < scoreFloor) continue;
      if (Number.isNaN(score)) return 'not_a_number';
      if (into.count === into.capacity) return 'overflow';
      if (!push(output, anchorCount, anchor, classId, score, into)) return 'not_a_number';
    }
  }
  return 'ok';
}

function push(
  output: Float32Array,
  anchorCount: number,
  anchor: number,
  classId: number,
  score: number,
  into: Candidates,
): boolean {
  const centreX = output[anchor]!;
  const centreY = output[anchorCount + anchor]!;
  const halfWidth = output[2 * anchorCount + anchor]! / 2;
  const halfHeight = output[3 * anchorCount + anchor]! / 2;
  const at = into.count++;
  into.x1[at] = centreX - halfWidth;
  into.y1[at] = centreY - halfHeight;
  into.x2[at] = centreX + halfWidth;
  into.y2[at] = centreY + halfHeight;
  into.score[at] = score;
  into.classId[at] = classId;
  return Number.isFinite(centreX + centreY + halfWidth + halfHeight);
}
