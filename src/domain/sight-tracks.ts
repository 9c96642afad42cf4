import { coveredShare } from './box-geometry.js';
import { sightItem } from './item-sightings.js';
import type { ItemSighting } from './item-sightings.js';
import { canonicalOrder } from './person-boxes.js';
import type { SightedPoint } from './person-timeline.js';
import { requiredItems } from './rules.js';
import type { AssessmentInput, Detection, FrameBox, ItemName } from './terms.js';
import type { Track, TrackPoint } from './tracker.js';

/** A person at the edge of the picture shows less than the box promises. */
const EDGE_CLARITY = 0.6;
const EDGE_SHARE = 0.003;

/**
 * Looks at every frame for the required items of the people in it. People compete for item boxes, so this goes frame by
 * frame over all tracks. Returns the points of each track, in the order of `tracks`.
 */
export function sightTracks(
  tracks: readonly Track[],
  { frames, roles, rules, video }: AssessmentInput,
): readonly (readonly SightedPoint[])[] {
  const sighted = tracks.map((): SightedPoint[] => []);
  const byFrame = new Map<number, { readonly point: TrackPoint; readonly track: number }[]>();
  for (const [track, { points }] of tracks.entries()) {
    for (const point of points) {
      const ofFrame = byFrame.get(point.frame) ?? [];
      ofFrame.push({ point, track });
      byFrame.set(point.frame, ofFrame);
    }
  }
  for (const [frame, present] of byFrame) {
    const boxes = present.map(({ point }) => point.box);
    const detections = usableDetections(frames[frame]?.detections ?? [], rules.minConfidence);
    const byItem = new Map<ItemName, readonly ItemSighting[]>();
    for (const item of requiredItems(rules)) {
      const itemRoles = roles.items[item];
      if (itemRoles !== undefined) byItem.set(item, sightItem(boxes, detections, itemRoles, video));
    }
    for (const [position, { point, track }] of present.entries()) {
      const sightings = new Map<ItemName, ItemSighting>();
      for (const [item, ofPersons] of byItem) {
        const sighting = ofPersons[position];
        if (sighting !== undefined) sightings.set(item, sighting);
      }
      const clarity = clarityOf(point.box, boxes, video.widthPx, video.heightPx);
      sighted[track]?.push({ ...point, sightings, clarity });
    }
  }
  for (const points of sighted) points.sort((a, b) => a.frame - b.frame);
  return sighted;
}

function usableDetections(detections: readonly Detection[], minConfidence: number): readonly Detection[] {
  return canonicalOrder(detections.filter(({ confidence }) => confidence >= minConfidence));
}

/** 1 for somebody who stands free, towards 0 for somebody behind others. */
function clarityOf(box: FrameBox, boxes: readonly FrameBox[], widthPx: number, heightPx: number): number {
  const nearer = boxes.filter((other) => other !== box && other.y2 > box.y2);
  const covered = nearer.reduce((most, other) => Math.max(most, coveredShare(box, other)), 0);
  const marginPx = EDGE_SHARE * Math.max(widthPx, heightPx);
  const atEdge =
    box.x1 <= marginPx || box.y1 <= marginPx || box.x2 >= widthPx - marginPx || box.y2 >= heightPx - marginPx;
  return (1 - covered) * (atEdge ? EDGE_CLARITY : 1);
}
