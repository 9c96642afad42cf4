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
/** A track this long can do without its outermost point. */
const MIN_POINTS_TO_DROP_ONE = 4;

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
 * The end of a track (`direction` 1), or its start with time running backwards (−1), in up to two readings: as it is,
 * and without its outermost point, because somebody about to be hidden is often boxed wrongly once.
 */
function describeEnd(points: readonly TrackPoint[], direction: 1 | -1, video: SampledVideo): readonly End[] {
  const inOrder = direction === 1 ? points : points.toReversed();
  const outermost = inOrder.at(-1);
  if (outermost === undefined || touchesEdge(outermost.box, video)) return [];
  const near = inOrder.filter(({ ptsMs }) => Math.abs(ptsMs - outermost.ptsMs) <= MEMORY_MS);
  const ends: End[] = [];
  let motion: Motion | undefined;
  for (const point of near) {
    const atMs = direction * point.ptsMs;
    motion =
      motion === undefined
        ? startMotion(point.box, atMs)
        : correctMotion(predictMotion(motion, atMs), point.box, motion.atMs);
    ends.push({ motion, point });
  }
  return ends.length >= MIN_POINTS_TO_DROP_ONE ? ends.slice(-2) : ends.slice(-1);
}

/** Positive when a start can be the continuation of an end; the better, the greater. */
function joinBenefit(ends: readonly End[], starts: readonly End[], maxGapMs: number): number {
  const [lastMs, firstMs] = [ends.at(-1)?.point.ptsMs ?? Infinity, starts.at(-1)?.point.ptsMs ?? -Infinity];
  if (firstMs <= lastMs) return 0;
  let best = 0;
  for (const end of ends) {
    for (const start of starts) best = Math.max(best, readingBenefit(end, start, maxGapMs));
  }
  return best;
}

function readingBenefit(end: End, start: End, maxGapMs: number): number {
  const gapMs = start.point.ptsMs - end.point.ptsMs;
  if (gapMs > maxGapMs) return 0;
  const forward = distanceAt(end.motion, start.point.ptsMs, start.point, gapMs);
  if (forward > GATE) return 0;
  const backward = distanceAt(start.motion, -end.point.ptsMs, end.point, gapMs);
  return backward > GATE ? 0 : TOTAL_GATE - forward - backward;
}

function distanceAt(motion: Motion, atMs: number, { box }: TrackPoint, gapMs: number): number {
  return motionDistance(limitUncertainty(predictMotion(motion, atMs), MAX_SD), box, gapMs / 1000);
}
