import type { Cell } from './sample-cells.js';
import type { ItemName, PointFraction, Rules, Zone } from './terms.js';

/** Visits and absences shorter than this between two opposite stretches are a foot point that trembles on the line. */
const DEBOUNCE_MS = 500;
const ON_EDGE = 1e-9;

/**
 * Whether a point (fractions of the picture) is in a polygon; its edges belong to it. Self-crossing polygons follow the
 * even-odd rule; fewer than three points enclose nothing.
 * Algorithm: ray casting (Shimrat, "Algorithm 112", 1962).
 */
export function isInPolygon([x, y]: PointFraction, polygon: readonly PointFraction[]): boolean {
  const last = polygon.at(-1);
  if (last === undefined || polygon.length < 3) return false;
  let inside = false;
  let [px, py] = last;
  for (const [qx, qy] of polygon) {
    const cross = (qx - px) * (y - py) - (qy - py) * (x - px);
    const between = (x - px) * (x - qx) <= ON_EDGE && (y - py) * (y - qy) <= ON_EDGE;
    if (Math.abs(cross) <= ON_EDGE && between) return true;
    if (qy > y !== py > y && x < ((px - qx) * (y - qy)) / (py - qy) + qx) inside = !inside;
    [px, py] = [qx, qy];
  }
  return inside;
}

/** For each zone whether the foot point is in it at each cell; `feet` in fractions of the picture, one a cell. */
export function zoneVisits(
  cells: readonly Cell[],
  feet: readonly PointFraction[],
  zones: readonly Zone[],
): readonly (readonly boolean[])[] {
  return zones.map(({ polygon }) =>
    debounce(
      cells,
      feet.map((foot) => isInPolygon(foot, polygon)),
    ),
  );
}

/** Closes short absences first, then drops short visits; the ends of a track have only one neighbour and stay. */
function debounce(cells: readonly Cell[], inside: readonly boolean[]): readonly boolean[] {
  const closed = flipShortRuns(cells, inside, false);
  return flipShortRuns(cells, closed, true);
}

function flipShortRuns(cells: readonly Cell[], inside: readonly boolean[], value: boolean): readonly boolean[] {
  const result = [...inside];
  let start = 0;
  while (start < inside.length) {
    let end = start;
    while (end < inside.length && inside[end] === inside[start]) end += 1;
    const durationMs = (cells[end - 1]?.endMs ?? 0) - (cells[start]?.startMs ?? 0);
    const isInner = start > 0 && end < inside.length;
    if (inside[start] === value && isInner && durationMs < DEBOUNCE_MS) result.fill(!value, start, end);
    start = end;
  }
  return result;
}

/**
 * Who asks for an item at a place: `{ zone }` with its name, `{ zone: null }` for the global list, undefined for nobody.
 * Inside zones only their lists count (all of them where zones overlap); outside, the global one.
 */
export function findRequirement(
  item: ItemName,
  isInside: readonly boolean[],
  rules: Rules,
): { readonly zone: string | null } | undefined {
  const around = rules.zones.filter((_, position) => isInside[position] === true);
  if (around.length === 0) return rules.required.includes(item) ? { zone: null } : undefined;
  const zone = around.find(({ required }) => required.includes(item));
  return zone === undefined ? undefined : { zone: zone.name };
}
