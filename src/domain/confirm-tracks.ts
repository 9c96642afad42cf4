import type { Track } from './tracker.js';

/** Seen this often with this much confidence in total, a track is a person. */
const MIN_POINTS = 3;
const MIN_TOTAL_CONFIDENCE = 1.2;

/**
 * Drops what flickered up: a track must have been seen on three frames (on every frame when there are fewer) and with
 * enough confidence. Known after the fact only, which is fine: the whole video is there before anybody is judged.
 * The result is in order of first appearance, then from left to right; track 1 is its first entry.
 */
export function confirmTracks(tracks: readonly Track[], frameCount: number): readonly Track[] {
  const minPoints = Math.min(MIN_POINTS, frameCount);
  const minTotal = (MIN_TOTAL_CONFIDENCE * minPoints) / MIN_POINTS;
  return tracks
    .filter(({ points }) => {
      const total = points.reduce((sum, { confidence }) => sum + confidence, 0);
      return points.length >= minPoints && total >= minTotal;
    })
    .sort(compareFirstAppearance);
}

function compareFirstAppearance(a: Track, b: Track): number {
  const [first, second] = [a.points[0], b.points[0]];
  if (first === undefined || second === undefined) return 0;
  return first.frame - second.frame || first.box.x1 - second.box.x1 || first.box.y1 - second.box.y1;
}
