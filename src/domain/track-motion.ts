import { centre, frameBox, height, width } from './box-geometry.js';
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
const SD_TOP = 0.04;
const SD_PER_WIDTH_CHANGE = 0.35; // a box suddenly narrower or wider is half hidden: its middle says less
const SD_PER_HEIGHT_CHANGE = 0.15;
const SD_START_SPEED_X = 0.7; // walking is about 0.8 body heights a second
const SD_START_SPEED_TOP = 0.2;
const ACCELERATION_X = 0.25 ** 2; // spectral density, heights² / s³
const ACCELERATION_TOP = 0.12 ** 2;
/** Box size follows measurements with this time constant. */
const SIZE_MEMORY_MS = 600;
const SD_LOG_HEIGHT = 0.25;
/** Half a body hidden is no reason to lose somebody, so a wrong height costs no more than this. */
const MAX_SIZE_COST = 4;
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
  const noise = measurementNoise(predicted, box);
  const weight = Math.min(0.7, Math.max(0.1, 1 - Math.exp(-(predicted.atMs - lastSeenMs) / SIZE_MEMORY_MS)));
  return {
    x: correctAxis(predicted.x, centre(box).x, noise.sdX),
    top: correctAxis(predicted.top, box.y1, noise.sdTop),
    widthPx: predicted.widthPx + weight * (width(box) - predicted.widthPx),
    heightPx: predicted.heightPx + weight * (height(box) - predicted.heightPx),
    atMs: predicted.atMs,
  };
}

/**
 * How badly a box fits a prediction: squared Mahalanobis distance of the tracked point plus a capped cost for the
 * height; and the logarithm of the uncertainty (in heights), which makes a vague track lose against a certain one.
 * `secondsUnseen` bounds the distance a human can have gone. Infinity when that is exceeded.
 */
export function motionDistance(
  predicted: Motion,
  box: FrameBox,
  secondsUnseen: number,
): { readonly distance: number; readonly logUncertainty: number } {
  const scale = predicted.heightPx;
  const noise = measurementNoise(predicted, box);
  const offsetX = centre(box).x - predicted.x.position;
  const offsetTop = box.y1 - predicted.top.position;
  const reach = (MAX_JUMP + MAX_SPEED * secondsUnseen) * scale;
  if (Math.abs(offsetX) > reach || Math.abs(offsetTop) > reach) return { distance: Infinity, logUncertainty: 0 };
  const varX = predicted.x.varPosition + noise.sdX ** 2;
  const varTop = predicted.top.varPosition + noise.sdTop ** 2;
  const sizeCost = Math.min(MAX_SIZE_COST, (Math.log(height(box) / scale) / SD_LOG_HEIGHT) ** 2);
  return {
    distance: offsetX ** 2 / varX + offsetTop ** 2 / varTop + sizeCost,
    logUncertainty: Math.log(varX / scale ** 2) + Math.log(varTop / scale ** 2),
  };
}

/** The box that the prediction stands for. */
export function predictedBox({ x, top, widthPx, heightPx }: Motion): FrameBox {
  return frameBox(x.position - widthPx / 2, top.position, x.position + widthPx / 2, top.position + heightPx);
}

function measurementNoise(predicted: Motion, box: FrameBox): { readonly sdX: number; readonly sdTop: number } {
  return {
    sdX: SD_X * predicted.heightPx + SD_PER_WIDTH_CHANGE * Math.abs(width(box) - predicted.widthPx),
    sdTop: SD_TOP * predicted.heightPx + SD_PER_HEIGHT_CHANGE * Math.abs(height(box) - predicted.heightPx),
  };
}
