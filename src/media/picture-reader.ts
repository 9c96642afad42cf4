import { toCancelled } from '../shared/abort.js';
import { HivisError } from '../shared/errors.js';
import { startFfmpeg, type FfmpegRequest } from './ffmpeg-process.js';
import { timedOut, type ToolExit } from './run-tool.js';
import type { MediaTools } from './tools.js';

export type PictureRequest = FfmpegRequest & {
  readonly pictureBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** ffmpeg 4.4 … 8: most of what it was given could not be decoded. What was decoded has been written. */
const TOO_MANY_DECODE_ERRORS = 69;

/**
 * Raw pictures of `pictureBytes` each from ffmpeg's stdout, one at a time in ONE buffer that is filled again for every
 * picture. Damaged video ends early without an error: the caller knows how many pictures it wanted.
 * Throws `ffmpeg_failed` when ffmpeg crashed or could not work, `unsupported_codec`, `timed_out`, and the abort reason.
 * Leaving the loop kills ffmpeg.
 */
export async function* readPictures(tools: MediaTools, request: PictureRequest): AsyncGenerator<Uint8Array, void> {
  const { signal, timeoutMs, pictureBytes } = request;
  if (signal?.aborted === true) throw toCancelled(signal.reason);
  const run = startFfmpeg(tools, request);
  run.exited.catch(() => undefined);
  let failure: HivisError | undefined;
  const onAbort = (): void => {
    if (signal) failure ??= toCancelled(signal.reason);
    run.kill();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    failure ??= timedOut(tools.ffmpegPath, timeoutMs);
    run.kill();
  }, timeoutMs);
  const stopped = (): HivisError | undefined => failure;
  try {
    for await (const picture of splitPictures(run.output, pictureBytes)) {
      // What is still in the pipe after the kill is of no use to anybody.
      const reason = stopped();
      if (reason !== undefined) throw reason;
      yield picture;
    }
    const exit = await run.exited;
    const reason = stopped() ?? failureOf(exit);
    if (reason !== undefined) throw reason;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    run.kill();
    run.output.destroy();
    await run.exited.catch(() => undefined);
  }
}

async function* splitPictures(
  output: AsyncIterable<Uint8Array>,
  pictureBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const picture = new Uint8Array(pictureBytes);
  let filled = 0;
  for await (const chunk of output) {
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(pictureBytes - filled, chunk.length - at);
      picture.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < pictureBytes) continue;
      filled = 0;
      yield picture;
    }
  }
}

function failureOf(exit: ToolExit): HivisError | undefined {
  if (exit.exitCode === 0 || exit.exitCode === TOO_MANY_DECODE_ERRORS) return undefined;
  const details = { ...exit };
  if (/Decoder .*not found|no decoder found/i.test(exit.stderrTail))
    return new HivisError(
      'unsupported_codec',
      'This ffmpeg has no decoder for the codec of the video: install a complete ffmpeg, or convert to H.264.',
      { details },
    );
  const how = exit.exitSignal ?? `exit code ${exit.exitCode ?? 'unknown'}`;
  return new HivisError('ffmpeg_failed', `ffmpeg stopped with an error (${how}) while decoding.`, {
    retryable: true,
    details,
  });
}
