import type { FrameIndex } from './frame-index.js';

/** A run of frames between two key frames; the unit of work. Sampled frames are `firstSampledFrame + i · N`. */
export type SegmentPlan = {
  readonly segmentIndex: number;
  /** Half open: `frameLo <= frame < frameHi`. `frameLo` is a key frame. */
  readonly frameLo: number;
  readonly frameHi: number;
  readonly firstSampledFrame: number;
  readonly sampledCount: number;
};

export type SegmentSettings = {
  readonly everyNFrames: number;
  /** A segment ends at the first key frame after this many sampled frames … */
  readonly targetSampledFrames: number;
  /** … or after this many frames, so that sparse sampling does not make segments that decode for minutes. */
  readonly targetFrames?: number;
};

const TARGET_FRAMES = 1_500;

/**
 * Cuts the video at key frames. Every frame is in exactly one segment, and every segment holds at least one sampled
 * frame (frame 0 is always sampled). Depends on nothing but its arguments, so a repeated plan is the same plan.
 */
export function planSegments(index: Pick<FrameIndex, 'keyFlags'>, settings: SegmentSettings): SegmentPlan[] {
  const { everyNFrames, targetSampledFrames, targetFrames = TARGET_FRAMES } = settings;
  const frameCount = index.keyFlags.length;
  const sampledBefore = (frame: number): number => Math.ceil(frame / everyNFrames);
  const sampledIn = (lo: number, hi: number): number => sampledBefore(hi) - sampledBefore(lo);
  const bounds: number[] = [];
  let lo = 0;
  for (let frame = 1; frame < frameCount; frame++) {
    if (index.keyFlags[frame] !== 1) continue;
    const sampled = sampledIn(lo, frame);
    if (sampled === 0 || (sampled < targetSampledFrames && frame - lo < targetFrames)) continue;
    bounds.push(lo);
    lo = frame;
  }
  // A tail without a sampled frame belongs to the segment before it.
  if (frameCount > 0 && sampledIn(lo, frameCount) > 0) bounds.push(lo);
  return bounds.map((frameLo, segmentIndex) => {
    const frameHi = bounds[segmentIndex + 1] ?? frameCount;
    const firstSampledFrame = sampledBefore(frameLo) * everyNFrames;
    return { segmentIndex, frameLo, frameHi, firstSampledFrame, sampledCount: sampledIn(frameLo, frameHi) };
  });
}
