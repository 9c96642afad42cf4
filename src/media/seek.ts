import type { FrameIndex } from './frame-index.js';
import { SEEK_TOLERANCE_US } from './frame-order.js';
import type { VideoProbe } from './probe.js';

export type Seek = { readonly inputOptions: readonly string[]; readonly filters: readonly string[] };

/**
 * One decoding thread: hivis scales by processes. Filters are kept when the picture size changes in mid-stream,
 * otherwise they would start counting frames anew. Damaged pictures are shown instead of dropped: a dropped one would
 * move all later ones to wrong times, and the H.264 decoder also drops good ones at the end of a file when it
 * was started shortly before.
 */
export const DECODER_OPTIONS: readonly string[] = [
  ...['-threads', '1', '-reinit_filter', '0'],
  ...['-flags', '+output_corrupt'],
];

/**
 * How to make ffmpeg show exactly the frames from `frame` on; `frame` must be a key frame.
 *
 * Containers with an index find the key frame by its time and ffmpeg drops what comes before it. MPEG-TS has none:
 * ffmpeg looks for a decoding time, can land behind the key frame and lose it. There decoding starts well before,
 * and a filter drops the frames up to the wanted time, which it reads on the clock of the file (`-copyts`): the clock that
 * ffmpeg makes up otherwise depends on which other tracks there are.
 */
export function planSeek(index: FrameIndex, frame: number, container: VideoProbe['container']): Seek {
  const timeUs = index.ptsUs[frame] ?? 0;
  const offsetUs = timeUs - index.formatStartUs;
  if (offsetUs <= 0) return { inputOptions: [], filters: [] };
  if (container !== 'mpegts') return { inputOptions: ['-ss', (offsetUs / 1e6).toFixed(6)], filters: [] };
  const earlyUs = offsetUs - Math.max(1e6, DEEPEST_REORDERING * meanFrameUs(index));
  const fromSeconds = ((timeUs - SEEK_TOLERANCE_US) / 1e6).toFixed(6);
  return {
    inputOptions: ['-copyts', '-noaccurate_seek', ...(earlyUs > 0 ? ['-ss', (earlyUs / 1e6).toFixed(6)] : [])],
    filters: [`select='gte(t,${fromSeconds})+selected_n'`],
  };
}

/** No codec shows a frame more than this many frames after it was decoded. */
const DEEPEST_REORDERING = 16;

function meanFrameUs(index: FrameIndex): number {
  const last = index.ptsUs.length - 1;
  return last < 1 ? 0 : ((index.ptsUs[last] ?? 0) - (index.ptsUs[0] ?? 0)) / last;
}
