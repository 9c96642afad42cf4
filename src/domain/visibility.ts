import { bodyRegion } from './body-regions.js';
import { coveredShare, height, width } from './box-geometry.js';
import type { BodyRegion, FrameBox, ReasonCode, SampledVideo } from './terms.js';

/** Below this share of the picture's longer side a head is a few pixels at any usual inference size. */
const MIN_HEIGHT_SHARE = 0.06;
/** A box this close to the picture's edge goes on outside (share of the longer side). */
const EDGE_SHARE = 0.003;
/** Cut at the side, a box narrower than this (width over height) shows half a body at best. */
const MIN_ASPECT_AT_SIDE = 0.28;
/** Cut at the bottom, a box wider than this shows head and shoulders only. */
const MAX_ASPECT_AT_BOTTOM = 0.95;
/** Hidden by somebody nearer for more than this share. */
const MAX_COVERED = 0.5;

/**
 * Why the head or torso of a person cannot be judged on a frame although the person was found; undefined when it is
 * clearly visible. `people` are all people of the frame: whoever has the lower foot is nearer to the camera.
 */
export function hiddenReason(
  person: FrameBox,
  region: BodyRegion,
  people: readonly FrameBox[],
  video: SampledVideo,
): ReasonCode | undefined {
  const longerSidePx = Math.max(video.widthPx, video.heightPx);
  if (height(person) < MIN_HEIGHT_SHARE * longerSidePx) return 'too_small';
  if (isCutByEdge(person, region, video, EDGE_SHARE * longerSidePx)) return 'cut_by_frame_edge';
  const part = bodyRegion(person, region);
  const covered = people.some((other) => other.y2 > person.y2 && coveredShare(part, other) > MAX_COVERED);
  return covered ? 'occluded' : undefined;
}

/** Whether a box ends where the picture ends. */
export function touchesEdge(box: FrameBox, { widthPx, heightPx }: SampledVideo): boolean {
  const marginPx = EDGE_SHARE * Math.max(widthPx, heightPx);
  return box.x1 <= marginPx || box.y1 <= marginPx || box.x2 >= widthPx - marginPx || box.y2 >= heightPx - marginPx;
}

function isCutByEdge(person: FrameBox, region: BodyRegion, video: SampledVideo, marginPx: number): boolean {
  const aspect = width(person) / height(person);
  const atSide = person.x1 <= marginPx || person.x2 >= video.widthPx - marginPx;
  if (atSide && aspect < MIN_ASPECT_AT_SIDE) return true;
  if (region === 'head') return person.y1 <= marginPx;
  return person.y2 >= video.heightPx - marginPx && aspect > MAX_ASPECT_AT_BOTTOM;
}
