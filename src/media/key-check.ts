import type { FrameOrder } from './frame-order.js';
import { INPUT_GUARD, inputUrl } from './input-options.js';
import type { VideoProbe } from './probe.js';
import { runTool } from './run-tool.js';
import type { MediaTools } from './tools.js';

/** Codecs that can mark a frame as a place to start from although the picture is complete only frames later. */
const CODECS_WITH_GRADUAL_REFRESH: ReadonlySet<string> = new Set(['h264', 'hevc']);
/** A key frame comes out of the decoder when others have come in. */
const FRAMES_AFTER = 16;
const TIMEOUT_MS = 60_000;

/**
 * Whether the key frames of the index are real ones. With intra refresh (no I frames, the picture is renewed bit by bit)
 * containers flag frames from which a decoder needs a while to recover: decoding that starts there differs from
 * decoding that goes on. Two key frames after the first are decoded to find out.
 */
export async function hasRealKeyFrames(
  tools: MediaTools,
  file: string,
  probe: VideoProbe,
  order: FrameOrder,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!CODECS_WITH_GRADUAL_REFRESH.has(probe.codec)) return true;
  const second = order.keyFlags.indexOf(1, 1);
  if (second === -1) return true;
  const middle = order.keyFlags.indexOf(1, Math.max(second, order.keyFlags.length >> 1));
  for (const frame of new Set([second, middle === -1 ? second : middle])) {
    const timeUs = order.ptsUs[frame] ?? 0;
    const lastUs = order.ptsUs[Math.min(frame + FRAMES_AFTER, order.ptsUs.length - 1)] ?? timeUs;
    const type = await pictureType(tools, file, probe, { timeUs, untilUs: lastUs + 1 }, signal);
    if (type !== 'I') return false;
  }
  return true;
}

/** `I`, `P` or `B` of the frame at a time; undefined when it does not come out. */
async function pictureType(
  tools: MediaTools,
  file: string,
  probe: VideoProbe,
  span: { readonly timeUs: number; readonly untilUs: number },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let text = '';
  // MPEG-TS is sought by decoding time and may land behind the key frame: start earlier there.
  const { timeUs, untilUs } = span;
  const fromUs = probe.container === 'mpegts' ? timeUs - 1.5e6 : timeUs;
  const interval = `${(fromUs / 1e6).toFixed(6)}%${(untilUs / 1e6).toFixed(6)}`;
  await runTool({
    path: tools.ffprobePath,
    args: [
      ...['-v', 'quiet', ...INPUT_GUARD, '-select_streams', String(probe.streamIndex), '-read_intervals', interval],
      ...['-show_entries', 'frame=best_effort_timestamp,pict_type', '-of', 'csv=p=0', inputUrl(file)],
    ],
    timeoutMs: TIMEOUT_MS,
    signal,
    onStdout: (chunk) => (text += chunk.toString('latin1')),
  });
  const ticks = Math.round((timeUs * probe.timeBase.den) / (probe.timeBase.num * 1e6));
  return new RegExp(`^${ticks},([IPB])`, 'm').exec(text)?.[1];
}
