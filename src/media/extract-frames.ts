import type { FrameIndex } from './frame-index.js';
import { readPictures } from './picture-reader.js';
import type { VideoProbe } from './probe.js';
import { rawVideoOptions, SCALER } from './raw-video.js';
import { DECODER_OPTIONS, planSeek } from './seek.js';
import type { MediaTools } from './tools.js';

export type ExtractRequest = {
  readonly file: string;
  readonly index: FrameIndex;
  readonly probe: Pick<VideoProbe, 'streamIndex' | 'container' | 'widthPx' | 'heightPx'>;
  /** Positions in the frame index, in any order. */
  readonly frames: readonly number[];
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/** A whole picture as a viewer sees it, RGB. Valid until the next one is asked for. */
export type ExtractedFrame = { readonly frameIndex: number; readonly rgb: Uint8Array };

const TIMEOUT_MS = 10 * 60_000;
/** ffmpeg looks at every term of the selection for every frame. */
const FRAMES_PER_RUN = 50;

/** ffmpeg runs that may be under way besides the one whose pictures are being used: starting one takes its time. */
const RUNS_AHEAD = 1;

/**
 * Decodes single frames at full size, in order of the frame index; each ffmpeg run starts at the last key frame before
 * the frames that it is for. Frames that the file does not hold (any more) are left out.
 */
export async function* extractFrames(tools: MediaTools, request: ExtractRequest): AsyncGenerator<ExtractedFrame, void> {
  const runs = groupByKeyFrame(request.index, request.frames).map((group) => () => extractGroup(tools, request, group));
  yield* inTurn(runs, RUNS_AHEAD);
}

async function* extractGroup(
  tools: MediaTools,
  request: ExtractRequest,
  { keyFrame, frames }: FrameGroup,
): AsyncGenerator<ExtractedFrame, void> {
  const { file, index, probe, signal, timeoutMs = TIMEOUT_MS } = request;
  const { widthPx, heightPx } = probe;
  const seek = planSeek(index, keyFrame, probe.container);
  const wanted = frames.map((frame) => `eq(n,${frame - keyFrame})`).join('+');
  const pictures = readPictures(tools, {
    file,
    inputOptions: [...DECODER_OPTIONS, ...seek.inputOptions],
    videoFilters: [
      ...seek.filters,
      `select='${wanted}'`,
      `scale=${widthPx}:${heightPx}:flags=${SCALER}`,
      'format=rgb24',
    ],
    outputOptions: rawVideoOptions(tools, probe.streamIndex, frames.length),
    pictureBytes: widthPx * heightPx * 3,
    timeoutMs,
    signal,
  });
  let at = 0;
  for await (const rgb of pictures) {
    const frameIndex = frames[at++];
    if (frameIndex !== undefined) yield { frameIndex, rgb };
  }
}

type Started<T> = { readonly items: AsyncGenerator<T, void>; readonly first: Promise<IteratorResult<T, void>> };

/** One after the other, with the next `ahead` already at work on their first item. Leaving the loop ends them all. */
async function* inTurn<T>(runs: readonly (() => AsyncGenerator<T, void>)[], ahead: number): AsyncGenerator<T, void> {
  const started: Started<T>[] = [];
  let next = 0;
  try {
    while (next < runs.length || started.length > 0) {
      for (; next < runs.length && started.length <= ahead; next += 1) {
        const items = runs[next]?.();
        if (items === undefined) continue;
        const first = items.next();
        // Told when its turn comes, or to nobody when the loop has been left.
        first.catch(() => undefined);
        started.push({ items, first });
      }
      const run = started[0];
      if (run === undefined) return;
      for (let item = await run.first; item.done !== true; item = await run.items.next()) yield item.value;
      started.shift();
    }
  } finally {
    await Promise.allSettled(started.map(({ items }) => items.return()));
  }
}

type FrameGroup = { readonly keyFrame: number; readonly frames: readonly number[] };

/** One group per key frame (more when it would have many frames), without repeats. */
export function groupByKeyFrame(index: Pick<FrameIndex, 'keyFlags'>, frames: readonly number[]): FrameGroup[] {
  const groups: { keyFrame: number; frames: number[] }[] = [];
  for (const frame of [...new Set(frames)].sort((a, b) => a - b)) {
    if (frame < 0 || frame >= index.keyFlags.length) throw new RangeError(`Frame ${frame} is not in the frame index`);
    const keyFrame = Math.max(0, index.keyFlags.lastIndexOf(1, frame));
    const last = groups.at(-1);
    if (last?.keyFrame === keyFrame && last.frames.length < FRAMES_PER_RUN) last.frames.push(frame);
    else groups.push({ keyFrame, frames: [frame] });
  }
  return groups;
}
