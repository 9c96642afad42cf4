import { centre, height, width } from './box-geometry.js';
import { correctAxis, predictAxis, startAxis } from './motion-filter.js';
import type { AxisState } from './motion-filter.js';
import type { FrameBox } from './terms.js';

/**
 * Where a tracked person is and how they move. The tracked point is the middle of the upper edge of the box, not its
 * centre: bricks and barriers hide feet far more often than heads, and a hidden foot must not look like a jump.
 */
export type Motion = {
  readonly x: AxisState;
  readonly top: AxisState;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly atMs: number;
};

// All lengths below are in body heights, so that near and far people get the same treatment.
const SD_X = 0.06; // arms and legs swing the middle of a box
const SD_TOP = 0.06;
const SD_PER_HIDDEN_WIDTH = 0.35; // a box suddenly narrower is half hidden: its place says less
const SD_PER_HIDDEN_HEIGHT = 0.15;
const SD_START_SPEED_X = 0.7; // walking is about 0.8 body heights a second
const SD_START_SPEED_TOP = 0.2;
const ACCELERATION_X = 0.3 ** 2; // spectral density, heights² / s³
const ACCELERATION_TOP = 0.12 ** 2;
/** Box size follows measurements with this time constant. */
const SIZE_MEMORY_MS = 600;
const SD_LOG_HEIGHT = 0.25;
const SD_LOG_WIDTH = 0.45;
/** Half a body hidden is no reason to lose somebody, so a box too small costs no more than this … */
const MAX_SHRINK_COST = 4;
/** … but nobody grows: a box too large is most likely somebody else in front. */
const MAX_GROWTH_COST = 9;
/** Nobody moves faster than this, whatever the filter thinks: heights, and heights a second. */
const MAX_JUMP = 0.35;
const MAX_SPEED = 2.2;

export function startMotion(box: FrameBox, atMs: number): Motion {
  const scale = height(box);
  return {
    x: startAxis(centre(box).x, SD_X * scale, SD_START_SPEED_X * scale),
    top: startAxis(box.y1, SD_TOP * scale, SD_START_SPEED_TOP * scale),
    widthPx: width(box),
    heightPx: scale,
    atMs,
  };
}

/** The motion carried forward to a later time; nothing is measured. */
export function predictMotion(motion: Motion, atMs: number): Motion {
  const seconds = (atMs - motion.atMs) / 1000;
  const scale = motion.heightPx ** 2;
  return {
    ...motion,
    x: predictAxis(motion.x, seconds, ACCELERATION_X * scale),
    top: predictAxis(motion.top, seconds, ACCELERATION_TOP * scale),
    atMs,
  };
}

/** A motion predicted to the time of `box`, corrected by it; `lastSeenMs` is when it was corrected before. */
export function correctMotion(predicted: Motion, box: FrameBox, lastSeenMs: number): Motion {
  const measured = measure(predicted, box);
  const weight = Math.min(0.7, Math.max(0.1, 1 - Math.exp(-(predicted.atMs - lastSeenMs) / SIZE_MEMORY_MS)));
  return {
    x: correctAxis(predicted.x, measured.x, measured.sdX),
    top: correctAxis(predicted.top, measured.top, measured.sdTop),
    widthPx: predicted.widthPx + weight * (width(box) - predicted.widthPx),
    heightPx: predicted.heightPx + weight * (height(box) - predicted.heightPx),
    atMs: predicted.atMs,
  };
}

/**
 * How badly a box fits a prediction: squared Mahalanobis distance of the tracked point plus the cost of a wrong size.
 * `secondsUnseen` bounds the distance a human can have gone; Infinity when that is exceeded.
 */
export function motionDistance(predicted: Motion, box: FrameBox, secondsUnseen: number): number {
  const { x, top, widthPx, heightPx } = predicted;
  const reach = (MAX_JUMP + MAX_SPEED * secondsUnseen) * heightPx;
  // Most pairs of a frame end here: half the width is the most that a hidden side can explain.
  if (Math.abs((box.x1 + box.x2) / 2 - x.position) > reach + widthPx / 2) return Infinity;
  const measured = measure(predicted, box);
  const offsetX = measured.x - x.position;
  const offsetTop = measured.top - top.position;
  if (Math.abs(offsetX) > reach || Math.abs(offsetTop) > reach) return Infinity;
  const distanceX = offsetX ** 2 / (x.varPosition + measured.sdX ** 2);
  const distanceTop = offsetTop ** 2 / (top.varPosition + measured.sdTop ** 2);
  return distanceX + distanceTop + sizeCost(predicted, box);
}

/**
 * How vague a prediction is: logarithm of the variances, in heights, that a free box is compared with. Added to a
 * distance it makes a negative log-likelihood, so that a vague track loses a box to a certain one that fits as well.
 */
export function vagueness({ x, top, heightPx }: Motion): number {
  return Math.log(x.varPosition / heightPx ** 2 + SD_X ** 2) + Math.log(top.varPosition / heightPx ** 2 + SD_TOP ** 2);
}

/** The same motion, its position no vaguer than `maxSd` body heights. */
export function limitUncertainty(motion: Motion, maxSd: number): Motion {
  const limit = (maxSd * motion.heightPx) ** 2;
  const bound = (axis: AxisState): AxisState => ({ ...axis, varPosition: Math.min(axis.varPosition, limit) });
  return { ...motion, x: bound(motion.x), top: bound(motion.top) };
}

/**
 * What a box says about the tracked point, source pixels. A box smaller than expected shows a body half hidden, and one
 * of its edges is still the body's own: of the places that its edges allow the one nearest to the prediction counts.
 */
function measure(predicted: Motion, box: FrameBox): { x: number; top: number; sdX: number; sdTop: number } {
  const { widthPx, heightPx } = predicted;
  const hiddenX = Math.max(0, widthPx - width(box)) / 2;
  const hiddenY = Math.max(0, heightPx - height(box));
  const middle = (box.x1 + box.x2) / 2;
  return {
    x: nearestWithin(predicted.x.position, middle - hiddenX, middle + hiddenX),
    top: nearestWithin(predicted.top.position, box.y1 - hiddenY, box.y1),
    sdX: SD_X * heightPx + SD_PER_HIDDEN_WIDTH * 2 * hiddenX,
    sdTop: SD_TOP * heightPx + SD_PER_HIDDEN_HEIGHT * hiddenY,
  };
}

function sizeCost({ widthPx, heightPx }: Motion, box: FrameBox): number {
  const taller = Math.log(height(box) / heightPx) / SD_LOG_HEIGHT;
  if (taller < 0) return Math.min(MAX_SHRINK_COST, taller ** 2);
  const wider = Math.max(0, Math.log(width(box) / widthPx)) / SD_LOG_WIDTH;
  return Math.min(MAX_GROWTH_COST, taller ** 2 + wider ** 2);
}

function nearestWithin(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
