import { coveredShare } from './box-geometry.js';
import { sightItem } from './item-sightings.js';
import type { ItemSighting } from './item-sightings.js';
import type { SightedPoint } from './person-timeline.js';
import { requiredItems } from './rules.js';
import type { AssessmentInput, Detection, FrameBox, ItemName, SampledVideo } from './terms.js';
import type { Track, TrackPoint } from './tracker.js';
import { touchesEdge } from './visibility.js';

/** A person at the edge of the picture shows less than the box promises. */
const EDGE_CLARITY = 0.6;

/**
 * Looks at every frame for the required items of the people in it. People compete for item boxes, so this goes frame by
 * frame over all tracks. `detections` are the usable ones of each frame. Returns the points of each track, in the order
 * of `tracks`.
 */
export function sightTracks(
  tracks: readonly Track[],
  detections: readonly (readonly Detection[])[],
  { roles, rules, video }: AssessmentInput,
): readonly (readonly SightedPoint[])[] {
  const sighted = tracks.map((): SightedPoint[] => []);
  const present = detections.map((): { readonly point: TrackPoint; readonly points: SightedPoint[] }[] => []);
  for (const [track, points] of sighted.entries()) {
    for (const point of tracks[track]?.points ?? []) present[point.frame]?.push({ point, points });
  }
  for (const [frame, people] of present.entries()) {
    const boxes = people.map(({ point }) => point.box);
    if (boxes.length === 0) continue;
    const byItem = new Map<ItemName, readonly ItemSighting[]>();
    for (const item of requiredItems(rules)) {
      const itemRoles = roles.items[item];
      if (itemRoles !== undefined) byItem.set(item, sightItem(boxes, detections[frame] ?? [], itemRoles, video));
    }
    for (const [position, { point, points }] of people.entries()) {
      const sightings = new Map<ItemName, ItemSighting>();
      for (const [item, ofPersons] of byItem) {
        const sighting = ofPersons[position];
        if (sighting !== undefined) sightings.set(item, sighting);
      }
      const { box, confidence, ptsMs } = point;
      points.push({ box, confidence, frame, ptsMs, sightings, clarity: clarityOf(box, boxes, video) });
    }
  }
  return sighted;
}

/** 1 for somebody who stands free, towards 0 for somebody behind others. */
function clarityOf(box: FrameBox, boxes: readonly FrameBox[], video: SampledVideo): number {
  const covered = boxes.reduce((most, other) => {
    return other.y2 > box.y2 ? Math.max(most, coveredShare(box, other)) : most;
  }, 0);
  return (1 - covered) * (touchesEdge(box, video) ? EDGE_CLARITY : 1);
}
