import type { PointFraction } from '../../domain/terms.js';

/**
 * What is wrong with a zone's outline, or undefined when nothing is. A polygon that crosses itself or has no area has
 * no defined inside, so nobody could ever be judged by it.
 */
export function findPolygonProblem(polygon: readonly PointFraction[]): string | undefined {
  if (polygon.length < 3) return 'needs at least 3 points';
  const edges = polygon.map((from, index): Edge => [from, polygon[(index + 1) % polygon.length] ?? from]);
  if (edges.some(([from, to]) => from[0] === to[0] && from[1] === to[1])) return 'has the same point twice in a row';
  for (const [index, edge] of edges.entries()) {
    for (const [offset, other] of edges.slice(index + 1).entries()) {
      const neighbours = offset === 0 || (index === 0 && offset === edges.length - 2);
      if (neighbours ? foldsBack(edge, other, offset === 0) : edgesMeet(edge, other))
        return 'crosses or touches itself';
    }
  }
  if (Math.abs(signedArea(edges)) < 1e-6) return 'is too small to be seen';
  return undefined;
}

type Edge = readonly [from: PointFraction, to: PointFraction];

function signedArea(edges: readonly Edge[]): number {
  return edges.reduce((sum, [[x1, y1], [x2, y2]]) => sum + (x1 * y2 - x2 * y1) / 2, 0);
}

/** Which side of the line a→b the point lies on: > 0 left, < 0 right, 0 on it. */
function side([ax, ay]: PointFraction, [bx, by]: PointFraction, [px, py]: PointFraction): number {
  const cross = (bx - ax) * (py - ay) - (by - ay) * (px - ax);
  return Math.abs(cross) < 1e-12 ? 0 : Math.sign(cross);
}

function liesBetween([ax, ay]: PointFraction, [bx, by]: PointFraction, [px, py]: PointFraction): boolean {
  return px >= Math.min(ax, bx) && px <= Math.max(ax, bx) && py >= Math.min(ay, by) && py <= Math.max(ay, by);
}

function edgesMeet([a, b]: Edge, [c, d]: Edge): boolean {
  const [sideC, sideD, sideA, sideB] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (sideC !== sideD && sideA !== sideB && sideC * sideD <= 0 && sideA * sideB <= 0) return true;
  return (
    (sideC === 0 && liesBetween(a, b, c)) ||
    (sideD === 0 && liesBetween(a, b, d)) ||
    (sideA === 0 && liesBetween(c, d, a)) ||
    (sideB === 0 && liesBetween(c, d, b))
  );
}

/** Two edges that share a corner may not run back over each other (a spike without area). */
function foldsBack(edge: Edge, other: Edge, otherFollows: boolean): boolean {
  const [first, second] = otherFollows ? [edge, other] : [other, edge];
  const corner = first[1];
  if (side(first[0], corner, second[1]) !== 0) return false;
  const [inX, inY] = [corner[0] - first[0][0], corner[1] - first[0][1]];
  const [outX, outY] = [second[1][0] - corner[0], second[1][1] - corner[1]];
  return inX * outX + inY * outY < 0;
}
