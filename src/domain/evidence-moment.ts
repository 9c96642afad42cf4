import { height } from './box-geometry.js';
import type { SightedPoint } from './person-timeline.js';
import type { EvidenceMoment, FrameDetections, ItemName, Status } from './terms.js';

/**
 * The point that shows best that `item` is missing: sure of the lack and of the person, large, and not half hidden.
 * Undefined when no point says so. Ties go to the earlier one.
 */
export function pickBestPoint(points: readonly SightedPoint[], item: ItemName): SightedPoint | undefined {
  let best: { readonly point: SightedPoint; readonly score: number } | undefined;
  for (const point of points) {
    const missing = point.sightings.get(item)?.missing ?? 0;
    const score = missing * point.confidence * point.clarity * Math.sqrt(height(point.box));
    if (score > (best?.score ?? 0)) best = { point, score };
  }
  return best?.point;
}

/** What to draw at that moment: the person, and every item that the frame says something about. */
export function describeMoment(point: SightedPoint, frames: readonly FrameDetections[]): EvidenceMoment {
  const marks: EvidenceMoment['marks'][number][] = [];
  for (const [item, { worn, missing, reason, box }] of point.sightings) {
    if (box === null) continue;
    const status = reason === 'conflicting_detections' ? 'unknown' : worn > missing ? 'worn' : 'missing';
    marks.push({ box, label: LABELS[status](item), status });
  }
  const { frameIndex, ptsMs } = frames[point.frame] ?? { frameIndex: 0, ptsMs: point.ptsMs };
  return { frameIndex, ptsMs, box: point.box, marks };
}

const LABELS: Record<Status, (item: ItemName) => string> = {
  worn: (item) => item,
  missing: (item) => `no ${item}`,
  unknown: (item) => `${item}?`,
};
