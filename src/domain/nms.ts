/* eslint-disable @typescript-eslint/no-non-null-assertion -- hot loop */
import type { Candidates } from './yolov8-output.js';

export type NmsSettings = {
  /** Of two boxes of one class that overlap by more than this, the less confident goes. 0…1. */
  readonly iou: number;
  /** Never more boxes than this per frame, the most confident ones. */
  readonly maxDetections: number;
};

/** Working memory of `suppressNonMaxima`, made once. */
export type NmsScratch = { readonly order: Uint32Array; readonly kept: Uint32Array; readonly area: Float64Array };

export function createNmsScratch(capacity: number): NmsScratch {
  return { order: new Uint32Array(capacity), kept: new Uint32Array(capacity), area: new Float64Array(capacity) };
}

/**
 * Greedy class-aware non-maximum suppression. Returns the positions of the boxes that stay, most confident first; ties
 * go to the lower class, then to the earlier candidate, so the answer does not depend on the sorting algorithm.
 * The returned array is a view into `scratch` and valid until the next call.
 */
export function suppressNonMaxima(candidates: Candidates, settings: NmsSettings, scratch: NmsScratch): Uint32Array {
  const { count, x1, y1, x2, y2, score, classId } = candidates;
  const { order, kept, area } = scratch;
  for (let i = 0; i < count; i++) {
    order[i] = i;
    area[i] = (x2[i]! - x1[i]!) * (y2[i]! - y1[i]!);
  }
  const sorted = order.subarray(0, count);
  sorted.sort((a, b) => score[b]! - score[a]! || classId[a]! - classId[b]! || a - b);
  let keptCount = 0;
  for (let i = 0; i < count && keptCount < settings.maxDetections; i++) {
    const box = sorted[i]!;
    let overlapped = false;
    for (let k = 0; k < keptCount && !overlapped; k++) {
      const better = kept[k]!;
      if (classId[better] !== classId[box]) continue;
      const overlapX = Math.min(x2[better]!, x2[box]!) - Math.max(x1[better]!, x1[box]!);
      const overlapY = Math.min(y2[better]!, y2[box]!) - Math.max(y1[better]!, y1[box]!);
      if (overlapX <= 0 || overlapY <= 0) continue;
      const shared = overlapX * overlapY;
      overlapped = shared > settings.iou * (area[better]! + area[box]! - shared);
    }
    if (!overlapped) kept[keptCount++] = box;
  }
  return kept.subarray(0, keptCount);
}
