import { assignByBenefit } from './assignment.js';
import { touchesEdge } from './visibility.js';
import { correctMotion, limitUncertainty, motionDistance, predictMotion, startMotion } from './track-motion.js';
import type { Motion } from './track-motion.js';
import type { SampledVideo } from './terms.js';
import type { Track, TrackPoint } from './tracker.js';

/** How long somebody can be gone and still be recognised by where they were heading. */
const MAX_GAP_MS = 5000;
const MAX_GAP_INTERVALS = 3;
/** The end of a track is judged by its points of this last stretch. */
const MEMORY_MS = 3000;
/** However long the gap, the other end must be this near to where it is expected (standard deviation, body heights). */
const MAX_SD = 0.45;
/** Largest squared Mahalanobis distance in each direction, and of both together. */
const GATE = 6;
const TOTAL_GATE = 8;

type End = { readonly motion: Motion; readonly point: TrackPoint };

/**
 * Joins tracks of one person who was out of sight for longer than the tracker waits: where the first is heading, the
 * second must begin, and looking backwards where the second comes from, the first must have ended. Both must hold, and
 * the second must begin after the first has ended, so a passer-by cannot take over an id. Who was last seen at the edge
 * of the picture has left; whoever comes in there is somebody new.
 */
export function stitchTracks(tracks: readonly Track[], intervalMs: number, video: SampledVideo): readonly Track[] {
  const maxGapMs = Math.max(MAX_GAP_MS, MAX_GAP_INTERVALS * intervalMs);
  const ends = tracks.map(({ points }) => describeEnd(points, 1, video));
  const starts = tracks.map(({ points }) => describeEnd(points, -1, video));
  const benefits = ends.flatMap((end) => starts.map((start) => joinBenefit(end, start, maxGapMs)));
  const next = new Map(assignByBenefit(benefits, tracks.length, tracks.length).map(({ row, column }) => [row, column]));
  const continued = new Set(next.values());
  const joined: Track[] = [];
  for (const position of tracks.keys()) {
    if (continued.has(position)) continue;
    const points: TrackPoint[] = [];
    for (let at: number | undefined = position; at !== undefined; at = next.get(at)) {
      points.push(...(tracks[at]?.points ?? []));
    }
    joined.push({ points });
  }
  return joined;
}

/**
 * Motion at the last point (`direction` 1) or, with time running backwards, at the first one (−1). Only the nearest
 * points count.
 */
function describeEnd(points: readonly TrackPoint[], direction: 1 | -1, video: SampledVideo): End | undefined {
  const outermost = direction === 1 ? points.at(-1) : points[0];
  if (outermost === undefined || touchesEdge(outermost.box, video)) return undefined;
  const near = points.filter(({ ptsMs }) => Math.abs(ptsMs - outermost.ptsMs) <= MEMORY_MS);
  let motion: Motion | undefined;
  for (const { box, ptsMs } of direction === 1 ? near : near.toReversed()) {
    const atMs = direction * ptsMs;
    motion =
      motion === undefined ? startMotion(box, atMs) : correctMotion(predictMotion(motion, atMs), box, motion.atMs);
  }
  return motion === undefined ? undefined : { motion, point: outermost };
}

/** Positive when `start` can be the continuation of `end`; the better, the greater. */
function joinBenefit(end: End | undefined, start: End | undefined, maxGapMs: number): number {
  if (end === undefined || start === undefined) return 0;
  const gapMs = start.point.ptsMs - end.point.ptsMs;
  if (gapMs <= 0 || gapMs > maxGapMs) return 0;
  const forward = distanceAt(end.motion, start.point.ptsMs, start.point, gapMs);
  if (forward > GATE) return 0;
  const backward = distanceAt(start.motion, -end.point.ptsMs, end.point, gapMs);
  return backward > GATE ? 0 : TOTAL_GATE - forward - backward;
}

function distanceAt(motion: Motion, atMs: number, { box }: TrackPoint, gapMs: number): number {
  return motionDistance(limitUncertainty(predictMotion(motion, atMs), MAX_SD), box, gapMs / 1000).distance;
}
