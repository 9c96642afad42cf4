/* eslint-disable @typescript-eslint/no-non-null-assertion -- hot loop */

/** What the frames say over one cell: its length and the confidences (0…1) for either state; 0 and 0 is silence. */
export type Testimony = { readonly durationMs: number; readonly worn: number; readonly missing: number };

/**
 * What a change of state has to earn, in confidence × ms. A wrong stretch inside a right one is two changes, so a
 * contradiction at confidence 0.5 is believed from 0.7 s on, and a single wrong frame at 5 frames a second never.
 */
const SWITCH_COST = 175;
/** One frame speaks for no more time than this, however rare the sampling. */
const MAX_TESTIMONY_MS = 1000;

/**
 * The most plausible course of worn (true) and missing (false), one entry a cell: Viterbi decoding of a two-state chain
 * whose observations are weighted by confidence and time. Looking both ways in time, it finds a change at its true
 * place instead of late, as a filter that only looks back would. Ties stay in the state they are in.
 * Algorithm: Viterbi, "Error bounds for convolutional codes" (1967).
 */
export function decodeStatusPath(cells: readonly Testimony[]): readonly boolean[] {
  const count = cells.length;
  const cameByChange = new Uint8Array(count * 2);
  let [wornCost, missingCost] = [0, 0];
  for (let cell = 0; cell < count; cell += 1) {
    const { durationMs, worn, missing } = cells[cell]!;
    const weight = Math.min(durationMs, MAX_TESTIMONY_MS);
    const changeCost = cell === 0 ? Infinity : SWITCH_COST;
    const toWorn = missingCost + changeCost < wornCost;
    const toMissing = wornCost + changeCost < missingCost;
    cameByChange[cell * 2] = toWorn ? 1 : 0;
    cameByChange[cell * 2 + 1] = toMissing ? 1 : 0;
    const [previousWorn, previousMissing] = [wornCost, missingCost];
    wornCost = (toWorn ? previousMissing + changeCost : previousWorn) + missing * weight;
    missingCost = (toMissing ? previousWorn + changeCost : previousMissing) + worn * weight;
  }
  const path = new Array<boolean>(count);
  let isWorn = wornCost <= missingCost;
  for (let cell = count - 1; cell >= 0; cell -= 1) {
    path[cell] = isWorn;
    if (cameByChange[cell * 2 + (isWorn ? 0 : 1)] === 1) isWorn = !isWorn;
  }
  return path;
}
