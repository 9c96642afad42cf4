import type { Report } from '../src/report/schema.js';

type DeclaredVideo = {
  readonly fps: number | null;
  readonly declaredDurationMs: number | null;
  readonly declaredFrames: number | null;
};

/** A container without a frame count has to promise this much more time than it holds before it counts as cut off. */
const MIN_GAP_MS = 2_000;
const MIN_GAP_SHARE = 0.02;
/** A frame count that is too high by what an edit list hides leaves no gap in time. */
const GAP_FRAMES = 2.5;

/**
 * Frames that the container promises. More than `framesIndexed` when the file was cut off: the promised frames or, where
 * the container counts none (MKV, WebM), the promised time are missing at the end.
 */
export function expectedFrames(declared: DeclaredVideo, framesIndexed: number, indexDurationMs: number): number {
  const { declaredFrames, declaredDurationMs, fps } = declared;
  const gapMs = declaredDurationMs === null ? null : declaredDurationMs - indexDurationMs;
  const frameMs = framesIndexed > 0 ? indexDurationMs / framesIndexed : 0;
  if (declaredFrames !== null) {
    const isCutOff = declaredFrames > framesIndexed && (gapMs === null || gapMs > GAP_FRAMES * frameMs);
    return isCutOff ? declaredFrames : framesIndexed;
  }
  if (gapMs === null || declaredDurationMs === null || fps === null) return framesIndexed;
  const isCutOff = gapMs > Math.max(MIN_GAP_MS, MIN_GAP_SHARE * declaredDurationMs);
  return isCutOff ? Math.max(framesIndexed, Math.round((declaredDurationMs * fps) / 1_000)) : framesIndexed;
}

export type FrameCounts = {
  readonly framesExpected: number;
  readonly framesIndexed: number;
  readonly framesSampled: number;
  readonly framesAnalyzed: number;
  readonly analyzedUntilMs: number;
};

/**
 * What was done of what the file promised; a report must never call a part the whole. A container that counts no frames
 * (MPEG-TS, fragmented MP4) still shows by its structure that bytes are missing.
 */
export function buildCompleteness(counts: FrameCounts, missingBytes = 0): Report['completeness'] {
  const reasons = [cutOffReason(counts, missingBytes), damageReason(counts)].filter((reason) => reason !== undefined);
  return { ...counts, complete: reasons.length === 0, reason: reasons.length === 0 ? null : reasons.join(' ') };
}

function cutOffReason({ framesExpected, framesIndexed }: FrameCounts, missingBytes: number): string | undefined {
  if (framesIndexed < framesExpected)
    return `The file is cut off: it promises ${framesExpected} frames and holds ${framesIndexed}.`;
  return missingBytes > 0
    ? `The file is cut off: at least ${missingBytes} bytes that it declares are missing.`
    : undefined;
}

function damageReason({ framesSampled, framesAnalyzed }: FrameCounts): string | undefined {
  if (framesAnalyzed >= framesSampled) return undefined;
  return `The file is damaged: ${framesSampled - framesAnalyzed} of ${framesSampled} sampled frames could not be decoded.`;
}
