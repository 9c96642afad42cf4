import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { planLetterbox, type Letterbox } from '../../src/domain/letterbox.js';
import { readFrameIndex, type FrameIndex } from '../../src/media/frame-index.js';
import { letterboxFilters, openFrameSource } from '../../src/media/frame-source.js';
import { probeVideo, type VideoProbe } from '../../src/media/probe.js';
import { planSegments, type SegmentPlan } from '../../src/media/segment-plan.js';
import type { MediaTools } from '../../src/media/tools.js';

const run = promisify(execFile);

export type OpenedClip = {
  readonly file: string;
  readonly probe: VideoProbe;
  readonly index: FrameIndex;
  readonly letterbox: Letterbox;
};

export async function openClip(tools: MediaTools, file: string, imageSize = 96): Promise<OpenedClip> {
  const probe = await probeVideo(tools, file);
  const index = await readFrameIndex(tools, file, probe);
  const { widthPx, heightPx } = probe;
  return { file, probe, index, letterbox: planLetterbox({ widthPx, heightPx, imageSize, stride: 32 }) };
}

/** Hash of every sampled picture by frame, through the frame source, segment by segment. */
export async function hashBySegments(
  tools: MediaTools,
  clip: OpenedClip,
  everyNFrames: number,
  targetSampledFrames: number,
): Promise<{ readonly hashes: Map<number, string>; readonly segments: SegmentPlan[] }> {
  const segments = planSegments(clip.index, { everyNFrames, targetSampledFrames });
  const hashes = new Map<number, string>();
  for (const segment of segments) {
    const pictures = openFrameSource(tools, { ...clip, segment, everyNFrames, timeoutMs: 60_000 });
    for await (const { frameIndex, rgb } of pictures) hashes.set(frameIndex, hashOf(rgb));
  }
  return { hashes, segments };
}

/**
 * Hash of every picture of the file in the order in which plain ffmpeg decodes it: no seeking, no selection, nothing of
 * hivis but the scaling.
 */
export async function hashSerially(clip: OpenedClip): Promise<string[]> {
  const { file, probe, letterbox } = clip;
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-i', file, '-map', `0:${probe.streamIndex}`],
      ...['-vf', letterboxFilters(letterbox).join(','), '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    ],
    { encoding: 'buffer', maxBuffer: 1 << 30 },
  );
  const pictureBytes = letterbox.inputWidthPx * letterbox.inputHeightPx * 3;
  return Array.from({ length: stdout.length / pictureBytes }, (_, i) =>
    hashOf(stdout.subarray(i * pictureBytes, (i + 1) * pictureBytes)),
  );
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
