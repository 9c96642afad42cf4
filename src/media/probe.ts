import { open } from 'node:fs/promises';
import { sniffContainer, SNIFF_BYTES, SUPPORTED_CONTAINERS, type Container } from '../ingest/sniff.js';
import { HivisError } from '../shared/errors.js';
import { INPUT_GUARD, inputUrl } from './input-options.js';
import { countMissingBytes } from './missing-bytes.js';
import { refusalOf } from './probe-refusal.js';
import {
  parseDurationMs,
  parseRatio,
  probeOutputSchema,
  rotationOf,
  shownSize,
  type ProbeOutput,
  type ProbeStream,
} from './probe-output.js';
import { runTool } from './run-tool.js';
import type { MediaTools } from './tools.js';

export type VideoProbe = {
  readonly container: Container;
  readonly codec: string;
  /** The picture as a viewer sees it: after rotation metadata and with square pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Quarter turns clockwise that are applied to the coded picture. */
  readonly rotationDegrees: number;
  /** Average; null when the container has one frame or does not say. */
  readonly fps: number | null;
  readonly declaredDurationMs: number | null;
  readonly declaredFrames: number | null;
  /** Time that the container calls its start, in microseconds; seeking is relative to it. */
  readonly formatStartUs: number;
  readonly streamIndex: number;
  readonly sizeBytes: number;
  /** Bytes that the container declares and the file lacks: above 0, it was cut off. */
  readonly missingBytes: number;
  readonly pixelFormat: string;
  /** Seconds per tick of the stream's clock. */
  readonly timeBase: { readonly num: number; readonly den: number };
  /** Frames are stored in another order than they are shown. */
  readonly reordersFrames: boolean;
};

const CODECS: ReadonlySet<string> = new Set(['h264', 'hevc', 'vp9', 'av1', 'mpeg4', 'mjpeg']);
const SUPPORTED_CODECS = 'H.264, HEVC, VP9, AV1, MPEG-4 and MJPEG';
const PROBE_TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 8 << 20;

/**
 * What a local file says about its video, without decoding it. Throws `source_empty`, `source_not_a_video` (an image, a
 * playlist, a page …), `no_video_stream`, `unsupported_codec` and `source_unreadable` (a damaged video).
 */
export async function probeVideo(
  tools: MediaTools,
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<VideoProbe> {
  const { head, sizeBytes } = await readHead(file);
  if (sizeBytes === 0) throw new HivisError('source_empty', 'The file is empty: check that it was copied completely.');
  const container = sniffContainer(head);
  const output = await runProbe(tools, file, container, options.signal);
  const stream = pickVideoStream(output);
  checkCodec(stream);
  const { widthPx, heightPx } = shownSize(stream);
  if (widthPx < 1 || heightPx < 1)
    throw new HivisError('source_unreadable', 'No picture size could be read: the file is damaged or cut off.');
  const rate = parseRatio(stream.avg_frame_rate) ?? parseRatio(stream.r_frame_rate);
  const declaredFrames = Number(stream.nb_frames ?? 'N/A');
  const known = container ?? containerByName(output.format.format_name);
  return {
    container: known,
    codec: stream.codec_name ?? 'unknown',
    widthPx,
    heightPx,
    rotationDegrees: rotationOf(stream),
    fps: rate === undefined ? null : rate.num / rate.den,
    declaredDurationMs: parseDurationMs(stream.duration) ?? parseDurationMs(output.format.duration),
    declaredFrames: Number.isInteger(declaredFrames) && declaredFrames > 0 ? declaredFrames : null,
    formatStartUs: Math.round(Number(output.format.start_time ?? 0) * 1e6) || 0,
    streamIndex: stream.index,
    sizeBytes,
    missingBytes: await countMissingBytes(file, known, sizeBytes),
    pixelFormat: stream.pix_fmt ?? 'unknown',
    timeBase: parseRatio(stream.time_base) ?? { num: 1, den: 1_000_000 },
    reordersFrames: (stream.has_b_frames ?? 0) > 0,
  };
}

async function readHead(file: string): Promise<{ readonly head: Uint8Array; readonly sizeBytes: number }> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new HivisError('source_unreadable', 'The video file cannot be opened.', { cause, retryable: true });
  });
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SNIFF_BYTES), position: 0 });
    return { head: buffer.subarray(0, bytesRead), sizeBytes: size };
  } finally {
    await handle.close();
  }
}

async function runProbe(
  tools: MediaTools,
  file: string,
  container: Container | null,
  signal: AbortSignal | undefined,
): Promise<ProbeOutput> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const exit = await runTool({
    path: tools.ffprobePath,
    args: ['-v', 'error', ...INPUT_GUARD, '-show_format', '-show_streams', '-of', 'json', inputUrl(file)],
    timeoutMs: PROBE_TIMEOUT_MS,
    signal,
    onStdout: (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES)
        throw new HivisError('source_unreadable', 'The file declares an absurd number of streams.');
      chunks.push(chunk);
    },
  });
  if (exit.exitCode !== 0) throw refusalOf(exit, container);
  const parsed = probeOutputSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  if (!parsed.success)
    throw new HivisError('source_unreadable', 'ffprobe described the file in a way that hivis does not understand.', {
      cause: parsed.error,
    });
  return parsed.data;
}

/** The stream that players show: marked as default first, then the largest, then the first. Cover art is no video. */
function pickVideoStream(output: ProbeOutput): ProbeStream {
  const isPicture = (stream: ProbeStream): boolean =>
    stream.disposition?.attached_pic === 1 || stream.disposition?.timed_thumbnails === 1;
  const rank = (stream: ProbeStream): number =>
    (stream.disposition?.default === 1 ? 1e12 : 0) + (stream.width ?? 0) * (stream.height ?? 0);
  const [best] = output.streams
    .filter((stream) => stream.codec_type === 'video' && !isPicture(stream))
    .sort((a, b) => rank(b) - rank(a) || a.index - b.index);
  if (best !== undefined) return best;
  const found = output.streams.map((stream) => `${stream.codec_type ?? 'unknown'} (${stream.codec_name ?? '?'})`);
  throw new HivisError(
    'no_video_stream',
    `The file has no video track: it holds ${found.join(', ') || 'nothing'}. Send a file with a picture.`,
    { details: { streams: found } },
  );
}

function checkCodec(stream: ProbeStream): void {
  const codec = stream.codec_name ?? 'unknown';
  const isEncrypted = stream.codec_tag_string === 'encv';
  if (CODECS.has(codec) && !isEncrypted) return;
  throw new HivisError(
    'unsupported_codec',
    isEncrypted
      ? 'The video is encrypted (DRM): send a copy without protection.'
      : `The video codec ${codec} is not supported: convert to H.264 in MP4. Supported: ${SUPPORTED_CODECS}.`,
    { details: { codec } },
  );
}

/** A container whose head does not show what it is (junk before it) but that ffprobe recognised all the same. */
function containerByName(name: string | undefined): Container {
  for (const container of ['matroska', 'mpegts', 'avi', 'mp4'] as const)
    if (name?.split(',').includes(container) === true) return container;
  throw new HivisError('source_not_a_video', `This is no video that hivis reads: use ${SUPPORTED_CONTAINERS}.`);
}
