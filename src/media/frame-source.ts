import { LETTERBOX_GREY, type Letterbox } from '../domain/letterbox.js';
import type { FrameIndex } from './frame-index.js';
import { readPictures } from './picture-reader.js';
import type { VideoProbe } from './probe.js';
import { rawVideoOptions, SCALER } from './raw-video.js';
import { DECODER_OPTIONS, planSeek } from './seek.js';
import type { SegmentPlan } from './segment-plan.js';
import type { MediaTools } from './tools.js';

type SampledPicture = {
  /** Position in the frame index. */
  readonly frameIndex: number;
  /** RGB, row by row, of the letterboxed model input. Valid until the next picture is asked for: it is reused. */
  readonly rgb: Uint8Array;
};

export type FrameSourceRequest = {
  readonly file: string;
  readonly index: FrameIndex;
  readonly segment: SegmentPlan;
  readonly everyNFrames: number;
  readonly letterbox: Letterbox;
  readonly probe: Pick<VideoProbe, 'streamIndex' | 'container'>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

export interface FrameSource extends AsyncIterable<SampledPicture> {
  /** Milliseconds spent waiting for pictures so far. */
  readonly decodeMs: number;
  /** Kills ffmpeg and waits until it is gone. Leaving the loop does the same. */
  close(): Promise<void>;
}

/**
 * The sampled frames of one segment, decoded, turned upright and letterboxed by ffmpeg. Can be iterated once.
 * Ends early, without an error, when the file holds less than the frame index promised.
 */
export function openFrameSource(tools: MediaTools, request: FrameSourceRequest): FrameSource {
  const { letterbox, segment, everyNFrames } = request;
  const seek = planSeek(request.index, segment.frameLo, request.probe.container);
  const pictures = readPictures(tools, {
    file: request.file,
    inputOptions: [...DECODER_OPTIONS, ...seek.inputOptions],
    videoFilters: [...seek.filters, selectEveryNth(segment.frameLo, everyNFrames), ...letterboxFilters(letterbox)],
    outputOptions: rawVideoOptions(tools, request.probe.streamIndex, segment.sampledCount),
    pictureBytes: letterbox.inputWidthPx * letterbox.inputHeightPx * 3,
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  });
  let decodeMs = 0;
  async function* number(): AsyncGenerator<SampledPicture, void> {
    try {
      for (let frameIndex = segment.firstSampledFrame; ; frameIndex += everyNFrames) {
        const startMs = performance.now();
        const next = await pictures.next();
        decodeMs += performance.now() - startMs;
        if (next.done === true) return;
        yield { frameIndex, rgb: next.value };
      }
    } finally {
      await pictures.return();
    }
  }
  const numbered = number();
  return {
    get decodeMs() {
      return decodeMs;
    },
    [Symbol.asyncIterator]: () => numbered,
    close: async () => {
      await numbered.return();
      await pictures.return();
    },
  };
}

/** Every N-th frame of the whole video, counted from the segment's first frame. */
function selectEveryNth(frameLo: number, everyNFrames: number): string {
  return `select='not(mod(n+${frameLo % everyNFrames},${everyNFrames}))'`;
}

/** Scale, then RGB, then the grey border: in this order the border has exactly the grey of the training. */
export function letterboxFilters(letterbox: Letterbox): string[] {
  const { scaledWidthPx, scaledHeightPx, inputWidthPx, inputHeightPx, padLeftPx, padTopPx } = letterbox;
  const grey = `0x${LETTERBOX_GREY.toString(16).repeat(3)}`;
  return [
    `scale=${scaledWidthPx}:${scaledHeightPx}:flags=${SCALER}`,
    'format=rgb24',
    `pad=${inputWidthPx}:${inputHeightPx}:${padLeftPx}:${padTopPx}:color=${grey}`,
  ];
}
