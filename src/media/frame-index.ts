import { HivisError } from '../shared/errors.js';
import { orderFrames } from './frame-order.js';
import { INPUT_GUARD, inputUrl } from './input-options.js';
import { hasRealKeyFrames } from './key-check.js';
import { createPacketReader } from './packet-list.js';
import type { VideoProbe } from './probe.js';
import { runTool } from './run-tool.js';
import type { MediaTools } from './tools.js';

/** Every frame's presentation time and key-frame flag, in the order in which the frames are shown. */
export type FrameIndex = {
  /** Microseconds as the container counts them; sorted, the first one need not be 0. */
  readonly ptsUs: Float64Array;
  /** 1: decoding can start at this frame. The first frame always has it. */
  readonly keyFlags: Uint8Array;
  readonly formatStartUs: number;
};

/** Reading the packets of a very large file from a slow disk. */
const INDEX_TIMEOUT_MS = 30 * 60_000;

/**
 * Reads the frame index from the container without decoding. Throws `source_unreadable` when the video track holds no
 * frame that can be shown.
 */
export async function readFrameIndex(
  tools: MediaTools,
  file: string,
  probe: VideoProbe,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FrameIndex> {
  const reader = createPacketReader();
  const exit = await runTool({
    path: tools.ffprobePath,
    args: [
      ...['-v', 'error', ...INPUT_GUARD, '-select_streams', String(probe.streamIndex)],
      ...['-show_entries', 'packet=pts,dts,flags', '-of', 'csv=p=0', inputUrl(file)],
    ],
    timeoutMs: INDEX_TIMEOUT_MS,
    signal: options.signal,
    onStdout: (chunk) => reader.push(chunk),
  });
  if (exit.exitSignal !== null)
    throw new HivisError('ffmpeg_failed', `ffprobe was killed (${exit.exitSignal}).`, {
      retryable: true,
      details: exit,
    });
  const packets = reader.finish();
  const order = orderFrames(packets, probe);
  if (order.ptsUs.length === 0)
    throw new HivisError(
      'source_unreadable',
      'The video track holds no frame that can be shown: send a complete file.',
      {
        details: { ...exit, packets: packets.count },
      },
    );
  if (!(await hasRealKeyFrames(tools, file, probe, order, options.signal))) order.keyFlags.fill(0, 1);
  return { ...order, formatStartUs: probe.formatStartUs };
}

/** Whole milliseconds since the first frame. */
export function framePtsMs(index: FrameIndex, frame: number): number {
  const pts = index.ptsUs[frame];
  const first = index.ptsUs[0];
  if (pts === undefined || first === undefined) throw new RangeError(`Frame ${frame} is not in the frame index`);
  return Math.round((pts - first) / 1000);
}

/**
 * From the first frame to the end of the last one, in whole milliseconds. The last frame is taken to stand as long as
 * the frames do on average; a single frame as long as the container's rate says.
 */
export function frameIndexDurationMs(index: FrameIndex, probe: Pick<VideoProbe, 'fps' | 'declaredDurationMs'>): number {
  const count = index.ptsUs.length;
  if (count === 0) return 0;
  if (count === 1) return Math.round(probe.fps === null ? (probe.declaredDurationMs ?? 0) : 1000 / probe.fps);
  const spanUs = (index.ptsUs[count - 1] ?? 0) - (index.ptsUs[0] ?? 0);
  return Math.round((spanUs + spanUs / (count - 1)) / 1000);
}

/** For the database: little-endian float64 microseconds and one byte per key flag. */
export function encodeFrameIndex(index: FrameIndex): { readonly ptsUs: Buffer; readonly keyFlags: Buffer } {
  const ptsUs = Buffer.alloc(index.ptsUs.length * 8);
  for (const [frame, value] of index.ptsUs.entries()) ptsUs.writeDoubleLE(value, frame * 8);
  return { ptsUs, keyFlags: Buffer.from(index.keyFlags) };
}

/** `formatStartUs` is kept with the probe. */
export function decodeFrameIndex(
  encoded: { readonly ptsUs: Buffer; readonly keyFlags: Buffer },
  formatStartUs: number,
): FrameIndex {
  const count = encoded.keyFlags.length;
  if (encoded.ptsUs.length !== count * 8)
    throw new HivisError('internal', `A stored frame index has ${encoded.ptsUs.length} bytes for ${count} frames.`);
  const ptsUs = new Float64Array(count);
  for (let frame = 0; frame < count; frame++) ptsUs[frame] = encoded.ptsUs.readDoubleLE(frame * 8);
  return { ptsUs, keyFlags: Uint8Array.from(encoded.keyFlags), formatStartUs };
}
