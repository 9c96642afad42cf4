import type { ItemSighting } from './item-sightings.js';
import type { Cell } from './sample-cells.js';
import { decodeStatusPath } from './status-path.js';
import type { ReasonCode, Status } from './terms.js';

/** An item's status over one cell of a track. */
export type ItemState = { readonly status: Status; readonly reason: ReasonCode };

/** A status holds this long beyond the frames that support it while the person is in view. */
const HOLD_MS = 500;
/** A person not found for no longer than this, with the same status before and after, was there all the time. */
const BLINK_MS = 500;

const NOT_OBSERVED: ItemState = { status: 'unknown', reason: 'not_observed' };

/**
 * The status of one item over the cells of one track. `sightings` has one entry a cell; undefined where the person was
 * not found. All limits are in milliseconds, so the sampling rate does not change what counts as short.
 */
export function smoothStatus(
  cells: readonly Cell[],
  sightings: readonly (ItemSighting | undefined)[],
): readonly ItemState[] {
  const path = decodeStatusPath(
    cells.map((cell, position) => {
      const { worn, missing } = sightings[position] ?? { worn: 0, missing: 0 };
      return { durationMs: cell.endMs - cell.startMs, worn, missing };
    }),
  );
  const supported = cells.map((_, position) => supportedState(sightings[position], path[position] ?? true));
  const before = nearestSupported(supported, 1);
  const after = nearestSupported(supported, -1);
  return cells.map((cell, position): ItemState => {
    const own = supported[position];
    if (own !== undefined) return own;
    const sighting = sightings[position];
    const [previous, next] = [before[position] ?? -1, after[position] ?? -1];
    const gapStartMs = cells[previous]?.endMs ?? -Infinity;
    const gapEndMs = cells[next]?.startMs ?? Infinity;
    if (sighting === undefined) {
      const [stateBefore, stateAfter] = [supported[previous], supported[next]];
      const isBlink = stateBefore?.status === stateAfter?.status && gapEndMs - gapStartMs <= BLINK_MS;
      return isBlink && stateBefore !== undefined ? stateBefore : NOT_OBSERVED;
    }
    const middleMs = (cell.startMs + cell.endMs) / 2;
    const [sinceMs, untilMs] = [middleMs - gapStartMs, gapEndMs - middleMs];
    const held = supported[sinceMs <= untilMs ? previous : next];
    if (held !== undefined && Math.min(sinceMs, untilMs) <= HOLD_MS) return held;
    return { status: 'unknown', reason: unknownReason(sighting) };
  });
}

/** The path's state where the frame itself says so clearly. */
function supportedState(sighting: ItemSighting | undefined, isWorn: boolean): ItemState | undefined {
  if (sighting === undefined || sighting.reason === 'conflicting_detections') return undefined;
  const [own, other] = isWorn ? [sighting.worn, sighting.missing] : [sighting.missing, sighting.worn];
  return own > other ? { status: isWorn ? 'worn' : 'missing', reason: sighting.reason } : undefined;
}

/** For each cell the nearest supported one before it (`step` 1) or after it (−1). */
function nearestSupported(
  supported: readonly (ItemState | undefined)[],
  step: 1 | -1,
): readonly (number | undefined)[] {
  const nearest: (number | undefined)[] = supported.map(() => undefined);
  let last: number | undefined;
  for (let i = 0; i < supported.length; i += 1) {
    const position = step === 1 ? i : supported.length - 1 - i;
    nearest[position] = last;
    if (supported[position] !== undefined) last = position;
  }
  return nearest;
}

/** A frame that speaks clearly, but against everything around it, is a contradiction too. */
function unknownReason({ worn, missing, reason }: ItemSighting): ReasonCode {
  return worn > 0 || missing > 0 ? 'conflicting_detections' : reason;
}
