import { smoothStatus } from './status-smoothing.js';
import type { ItemState } from './status-smoothing.js';
import { requiredItems } from './rules.js';
import type { Cell } from './sample-cells.js';
import type { ItemSighting } from './item-sightings.js';
import type { ItemName, PointFraction, Rules, SampledVideo } from './terms.js';
import type { TrackPoint } from './tracker.js';
import { findRequirement, zoneVisits } from './zones.js';

/** A point of a track together with what its frame says about each item. */
export type SightedPoint = TrackPoint & {
  readonly sightings: ReadonlyMap<ItemName, ItemSighting>;
  /** How freely the person can be seen, 0…1. */
  readonly clarity: number;
};

/** Everything known of one person over the cells from the first to the last sight of them. */
export type PersonTimeline = {
  readonly trackId: number;
  readonly cells: readonly Cell[];
  /** One entry a cell; undefined where the person was not found. */
  readonly points: readonly (SightedPoint | undefined)[];
  readonly items: ReadonlyMap<ItemName, readonly ItemState[]>;
  /** For each zone, in the order of the rules, one entry a cell. */
  readonly visits: readonly (readonly boolean[])[];
  /** For each item and cell the zone that asks for it (null: the whole picture); undefined where nobody does. */
  readonly demands: ReadonlyMap<ItemName, readonly ({ readonly zone: string | null } | undefined)[]>;
};

/** In no zone at all. */
const OUTSIDE: readonly boolean[] = [];

/** `cells` are those of the whole video; `points` those of one track, in order. */
export function buildTimeline(
  trackId: number,
  points: readonly SightedPoint[],
  cells: readonly Cell[],
  rules: Rules,
  video: SampledVideo,
): PersonTimeline {
  const [firstFrame, lastFrame] = [points[0]?.frame ?? 0, points.at(-1)?.frame ?? -1];
  const first = cells.findIndex(({ frame }) => frame === firstFrame);
  const last = cells.findLastIndex(({ frame }) => frame === lastFrame);
  const own = cells.slice(first, last + 1);
  const sighted = pointPerCell(own, points);
  const visits = rules.zones.length === 0 ? [] : zoneVisits(own, footPoints(own, sighted, video), rules.zones);
  const items = new Map<ItemName, readonly ItemState[]>();
  const demands = new Map<ItemName, readonly ({ readonly zone: string | null } | undefined)[]>();
  const places = own.map((_, cell) => (visits.length === 0 ? OUTSIDE : visits.map((visit) => visit[cell] === true)));
  for (const item of requiredItems(rules)) {
    const sightings = sighted.map((point) => point?.sightings.get(item));
    items.set(item, smoothStatus(own, sightings));
    const everywhere = findRequirement(item, OUTSIDE, rules);
    demands.set(
      item,
      places.map((isInside) => (isInside === OUTSIDE ? everywhere : findRequirement(item, isInside, rules))),
    );
  }
  return { trackId, cells: own, points: sighted, items, visits, demands };
}

function pointPerCell(cells: readonly Cell[], points: readonly SightedPoint[]): readonly (SightedPoint | undefined)[] {
  let next = 0;
  return cells.map(({ frame }) => {
    const point = points[next];
    if (frame === null || point?.frame !== frame) return undefined;
    next += 1;
    return point;
  });
}

/** Where the person stands, as fractions of the picture; between two sights on a straight line. */
function footPoints(
  cells: readonly Cell[],
  points: readonly (SightedPoint | undefined)[],
  video: SampledVideo,
): readonly PointFraction[] {
  const next = [...points];
  for (let position = next.length - 2; position >= 0; position -= 1) next[position] ??= next[position + 1];
  let before: SightedPoint | undefined;
  return cells.map((cell, position): PointFraction => {
    before = points[position] ?? before;
    const after = next[position];
    if (before === undefined || after === undefined) return [NaN, NaN]; // a track begins and ends with a sight
    const middleMs = (cell.startMs + cell.endMs) / 2;
    const share = after === before ? 0 : (middleMs - before.ptsMs) / (after.ptsMs - before.ptsMs);
    const [[x1, y1], [x2, y2]] = [footOf(before, video), footOf(after, video)];
    return [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
  });
}

function footOf({ box }: SightedPoint, { widthPx, heightPx }: SampledVideo): PointFraction {
  return [(box.x1 + box.x2) / 2 / widthPx, box.y2 / heightPx];
}
