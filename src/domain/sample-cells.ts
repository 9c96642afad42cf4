import type { FrameDetections, SampledVideo } from './terms.js';

/**
 * The stretch of source time that one sampled frame stands for: from half-way to its neighbours. Half open, whole ms.
 * `frame` is the position in the list of frames, or null where frames are missing and nobody looked.
 */
export type Cell = { readonly startMs: number; readonly endMs: number; readonly frame: number | null };

/** Spacing beyond this many sampling intervals is a hole in the sampling, not a slow camera. */
const HOLE_INTERVALS = 2.5;

/**
 * Typical time between two sampled frames, ms: the median of the real spacing; of the nominal one when fewer than two
 * frames were analysed; the whole duration when even that is unknown.
 */
export function samplingIntervalMs(frames: readonly FrameDetections[], video: SampledVideo): number {
  const spacings: number[] = [];
  let previousMs: number | undefined;
  for (const { ptsMs } of frames) {
    if (previousMs !== undefined && ptsMs > previousMs) spacings.push(ptsMs - previousMs);
    previousMs = ptsMs;
  }
  spacings.sort((a, b) => a - b);
  const median = spacings[Math.floor((spacings.length - 1) / 2)];
  if (median !== undefined) return median;
  if (video.fps !== null && video.fps > 0) return (video.everyNFrames * 1000) / video.fps;
  return Math.max(1, video.durationMs);
}

/**
 * Cells that tile the analysed time, in order. Two sampled frames far apart (a segment is missing) get a cell of their
 * own between them with `frame` null, so nothing is claimed about it. The last frame stands for the rest of the video,
 * one interval at most.
 */
export function sampleCells(frames: readonly FrameDetections[], video: SampledVideo): readonly Cell[] {
  const intervalMs = samplingIntervalMs(frames, video);
  const cells: Cell[] = [];
  const first = frames[0];
  if (first === undefined) return cells;
  let startMs = Math.max(0, Math.round(first.ptsMs - intervalMs / 2));
  for (const [position, { ptsMs }] of frames.entries()) {
    const nextMs = frames[position + 1]?.ptsMs;
    if (nextMs === undefined) {
      const endMs = Math.round(Math.min(ptsMs + intervalMs, Math.max(ptsMs, video.durationMs)));
      cells.push({ startMs, endMs: Math.max(startMs, endMs), frame: position });
    } else if (nextMs - ptsMs > HOLE_INTERVALS * intervalMs) {
      const holeStartMs = Math.round(ptsMs + intervalMs / 2);
      const holeEndMs = Math.round(nextMs - intervalMs / 2);
      cells.push({ startMs, endMs: holeStartMs, frame: position });
      cells.push({ startMs: holeStartMs, endMs: holeEndMs, frame: null });
      startMs = holeEndMs;
    } else {
      const middleMs = Math.round((ptsMs + nextMs) / 2);
      cells.push({ startMs, endMs: middleMs, frame: position });
      startMs = middleMs;
    }
  }
  return cells;
}
