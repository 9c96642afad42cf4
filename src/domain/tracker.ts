import { assignByBenefit } from './assignment.js';
import type { PersonBox } from './person-boxes.js';
import { correctMotion, motionDistance, predictMotion, startMotion, vagueness } from './track-motion.js';
import type { Motion } from './track-motion.js';

/** The people of one sampled frame, in any order that is the same every time. */
export type PersonFrame = { readonly ptsMs: number; readonly persons: readonly PersonBox[] };

/** A person box that belongs to a track; `frame` is its position in the list of frames. */
export type TrackPoint = PersonBox & { readonly frame: number; readonly ptsMs: number };

/** One human over time: at most one point a frame, in order. */
export type Track = { readonly points: readonly TrackPoint[] };

type LiveTrack = { points: TrackPoint[]; motion: Motion; predicted: Motion; lastSeenMs: number };

/** A box of at least this confidence may continue any track and start a new one; weaker ones only continue. */
export const STRONG_CONFIDENCE = 0.3;
/** A track is trusted once it has been seen this often; before, it only gets what the trusted ones leave. */
const TRUSTED_POINTS = 3;
/** Largest squared Mahalanobis distance (3 degrees of freedom) of a strong box, and of a weak one. */
const STRONG_GATE = 11;
const WEAK_GATE = 7;
/** How long a person may stay hidden and keep the id; a rare sampling stretches it. */
const LOST_MS = 2000;
const LOST_INTERVALS = 2.5;
/** A track not yet trusted is dropped sooner, and a weak box only continues a track seen this recently. */
const TENTATIVE_LOST_MS = 700;
const WEAK_LOST_MS = 1000;
const SHORT_INTERVALS = 1.6;
/** Keeps the benefit of every allowed pair above 0, however vague its track is. */
const MAX_VAGUENESS = 4;
const MIN_BENEFIT = 0.01;

/**
 * Follows people over sampled frames. Frames come in order of `ptsMs`; the result does not depend on the order of boxes
 * inside a frame as long as it is canonical, and there is no randomness.
 *
 * Two-stage association after ByteTrack (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection
 * Box", ECCV 2022): strong boxes first, then weak ones for tracks that were just seen. Differences, because a sampled
 * video has 2 to 10 frames a second where overlap between frames can be nil: matching uses a Mahalanobis distance of a
 * Kalman filter that knows the real elapsed time instead of overlap, and every buffer is in milliseconds.
 */
export function trackPersons(frames: readonly PersonFrame[], intervalMs: number): readonly Track[] {
  const finished: LiveTrack[] = [];
  let live: LiveTrack[] = [];
  for (const [frame, { ptsMs, persons }] of frames.entries()) {
    const alive: LiveTrack[] = [];
    for (const track of live) (isLost(track, ptsMs, intervalMs) ? finished : alive).push(track);
    live = alive;
    for (const track of live) track.predicted = predictMotion(track.motion, ptsMs);
    const strong = persons.filter(({ confidence }) => confidence >= STRONG_CONFIDENCE);
    const weak = persons.filter(({ confidence }) => confidence < STRONG_CONFIDENCE);
    const seen = new Set<LiveTrack>();
    const at = { frame, ptsMs };
    const unclaimed = associate(live, strong, STRONG_GATE, at, seen);
    const weakReachMs = Math.max(WEAK_LOST_MS, SHORT_INTERVALS * intervalMs);
    const recent = live.filter((track) => !seen.has(track) && ptsMs - track.lastSeenMs <= weakReachMs);
    associate(recent, weak, WEAK_GATE, at, seen);
    for (const person of unclaimed) live.push(startTrack(person, at));
  }
  return [...finished, ...live].map(({ points }) => ({ points }));
}

type Moment = { readonly frame: number; readonly ptsMs: number };

/** Continues the tracks that fit, notes them in `seen` and returns the boxes that nobody took. */
function associate(
  tracks: readonly LiveTrack[],
  persons: readonly PersonBox[],
  gate: number,
  at: Moment,
  seen: Set<LiveTrack>,
): readonly PersonBox[] {
  if (tracks.length === 0 || persons.length === 0) return persons;
  const benefits = new Array<number>(tracks.length * persons.length).fill(0);
  for (const [row, track] of tracks.entries()) {
    const secondsUnseen = (at.ptsMs - track.lastSeenMs) / 1000;
    const budget = gate + MAX_VAGUENESS - vagueness(track.predicted);
    for (const [column, { box }] of persons.entries()) {
      const distance = motionDistance(track.predicted, box, secondsUnseen);
      if (distance <= gate) benefits[row * persons.length + column] = Math.max(MIN_BENEFIT, budget - distance);
    }
  }
  const taken = new Set<PersonBox>();
  for (const { row, column } of assignByBenefit(benefits, tracks.length, persons.length)) {
    const track = tracks[row];
    const person = persons[column];
    if (track === undefined || person === undefined) continue;
    track.motion = correctMotion(track.predicted, person.box, track.lastSeenMs);
    track.points.push(pointOf(person, at));
    track.lastSeenMs = at.ptsMs;
    seen.add(track);
    taken.add(person);
  }
  return persons.filter((person) => !taken.has(person));
}

function startTrack(person: PersonBox, at: Moment): LiveTrack {
  const motion = startMotion(person.box, at.ptsMs);
  return { points: [pointOf(person, at)], motion, predicted: motion, lastSeenMs: at.ptsMs };
}

function pointOf({ box, confidence }: PersonBox, { frame, ptsMs }: Moment): TrackPoint {
  return { box, confidence, frame, ptsMs };
}

function isTrusted(track: LiveTrack): boolean {
  return track.points.length >= TRUSTED_POINTS;
}

function isLost(track: LiveTrack, nowMs: number, intervalMs: number): boolean {
  const limitMs = isTrusted(track)
    ? Math.max(LOST_MS, LOST_INTERVALS * intervalMs)
    : Math.max(TENTATIVE_LOST_MS, SHORT_INTERVALS * intervalMs);
  return nowMs - track.lastSeenMs > limitMs;
}
