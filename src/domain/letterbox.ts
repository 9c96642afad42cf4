import { frameBox } from './box-geometry.js';
import type { FrameBox, ModelBox } from './terms.js';

/** How a picture lies in the model input: scaled, centred, the rest filled with grey. All in whole pixels. */
export type Letterbox = {
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
  /** Size of the model input; multiples of the stride. */
  readonly inputWidthPx: number;
  readonly inputHeightPx: number;
  /** Size of the picture inside it. */
  readonly scaledWidthPx: number;
  readonly scaledHeightPx: number;
  readonly padLeftPx: number;
  readonly padTopPx: number;
  /** Input pixels per source pixel. The two differ by rounding only. */
  readonly scaleX: number;
  readonly scaleY: number;
};

export type LetterboxRequest = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Long side of the model input; rounded up to a multiple of `stride`. */
  readonly imageSize: number;
  readonly stride: number;
  /** A model exported with a fixed input: the letterbox fills exactly this and `imageSize` is not looked at. */
  readonly fixedInput?: { readonly widthPx: number; readonly heightPx: number } | null;
};

/** Grey level of the border, the one YOLOv8 is trained with. */
export const LETTERBOX_GREY = 114;

/**
 * The smallest input that holds the picture with its long side at `imageSize`: both sides multiples of `stride`, the
 * picture in the middle (an odd pixel goes to the right and below). 640×360 at 480 → 480×270 in 480×288.
 * Throws RangeError for sizes that are not positive whole numbers.
 */
export function planLetterbox(request: LetterboxRequest): Letterbox {
  const { widthPx, heightPx, imageSize, stride, fixedInput } = request;
  for (const [name, value] of Object.entries({ widthPx, heightPx, imageSize, stride }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a positive whole number: ${value}`);
  const longSidePx = roundUp(imageSize, stride);
  const boundWidthPx = fixedInput?.widthPx ?? longSidePx;
  const boundHeightPx = fixedInput?.heightPx ?? longSidePx;
  const scale = Math.min(boundWidthPx / widthPx, boundHeightPx / heightPx);
  const scaledWidthPx = clamp(Math.round(widthPx * scale), 1, boundWidthPx);
  const scaledHeightPx = clamp(Math.round(heightPx * scale), 1, boundHeightPx);
  const inputWidthPx = fixedInput?.widthPx ?? roundUp(scaledWidthPx, stride);
  const inputHeightPx = fixedInput?.heightPx ?? roundUp(scaledHeightPx, stride);
  return {
    frameWidthPx: widthPx,
    frameHeightPx: heightPx,
    inputWidthPx,
    inputHeightPx,
    scaledWidthPx,
    scaledHeightPx,
    padLeftPx: Math.floor((inputWidthPx - scaledWidthPx) / 2),
    padTopPx: Math.floor((inputHeightPx - scaledHeightPx) / 2),
    scaleX: scaledWidthPx / widthPx,
    scaleY: scaledHeightPx / heightPx,
  };
}

/** Corners in letterboxed input pixels. */
export function modelBox(x1: number, y1: number, x2: number, y2: number): ModelBox {
  return { x1, y1, x2, y2 } as ModelBox;
}

/**
 * Model-input pixels → source pixels, clipped to the picture. The only way from one space to the other.
 * Rounded to float32, the precision in which detections are stored, so that a box is equal before and after storing.
 */
export function toFrameBox(box: ModelBox, letterbox: Letterbox): FrameBox {
  const { padLeftPx, padTopPx, scaleX, scaleY, frameWidthPx, frameHeightPx } = letterbox;
  const x = (value: number): number => Math.fround(clamp((value - padLeftPx) / scaleX, 0, frameWidthPx));
  const y = (value: number): number => Math.fround(clamp((value - padTopPx) / scaleY, 0, frameHeightPx));
  return frameBox(x(box.x1), y(box.y1), x(box.x2), y(box.y2));
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
