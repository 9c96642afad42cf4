import type { FrameBox, PointPx } from './terms.js';

/** Source-pixel corners as a FrameBox. Corners given in the wrong order are swapped, so `x1 <= x2` and `y1 <= y2`. */
export function frameBox(x1: number, y1: number, x2: number, y2: number): FrameBox {
  const corners = { x1: Math.min(x1, x2), y1: Math.min(y1, y2), x2: Math.max(x1, x2), y2: Math.max(y1, y2) };
  return corners as FrameBox;
}

/** Width in source pixels, never negative. */
export function width(box: FrameBox): number {
  return box.x2 - box.x1;
}

/** Height in source pixels, never negative. */
export function height(box: FrameBox): number {
  return box.y2 - box.y1;
}

/** Square source pixels; 0 for a box without width or height. */
export function area(box: FrameBox): number {
  return width(box) * height(box);
}

export function centre(box: FrameBox): PointPx {
  return { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
}

/** Square source pixels that both boxes cover; 0 when they only touch. */
export function intersectionArea(a: FrameBox, b: FrameBox): number {
  const overlapX = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const overlapY = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  return overlapX > 0 && overlapY > 0 ? overlapX * overlapY : 0;
}

/** The box that both cover; undefined when they do not overlap or only touch. */
export function intersection(a: FrameBox, b: FrameBox): FrameBox | undefined {
  if (intersectionArea(a, b) === 0) return undefined;
  return frameBox(Math.max(a.x1, b.x1), Math.max(a.y1, b.y1), Math.min(a.x2, b.x2), Math.min(a.y2, b.y2));
}

/** Intersection over union, 0…1; 0 when either box is empty. */
export function iou(a: FrameBox, b: FrameBox): number {
  const shared = intersectionArea(a, b);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

/** Which share of `inner` lies inside `outer`, 0…1; 0 when `inner` is empty. */
export function coveredShare(inner: FrameBox, outer: FrameBox): number {
  const shared = intersectionArea(inner, outer);
  return shared === 0 ? 0 : shared / area(inner);
}

/** Edges belong to the box. */
export function containsPoint(box: FrameBox, point: PointPx): boolean {
  return point.x >= box.x1 && point.x <= box.x2 && point.y >= box.y1 && point.y <= box.y2;
}

/** The part of the box that lies on the picture; a box beside the picture becomes an empty box on its edge. */
export function clipToPicture(box: FrameBox, widthPx: number, heightPx: number): FrameBox {
  const x = (value: number): number => Math.min(Math.max(value, 0), widthPx);
  const y = (value: number): number => Math.min(Math.max(value, 0), heightPx);
  return frameBox(x(box.x1), y(box.y1), x(box.x2), y(box.y2));
}
