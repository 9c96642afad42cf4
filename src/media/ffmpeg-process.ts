import type { ChildProcess } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { INPUT_GUARD, inputUrl } from './input-options.js';
import { notStarted, STDERR_TAIL_BYTES, type ToolExit } from './run-tool.js';
import { createTail } from './tail.js';
import type { MediaTools } from './tools.js';

export type FfmpegRequest = {
  readonly file: string;
  /** Placed before the input, like `-ss`. */
  readonly inputOptions: readonly string[];
  readonly videoFilters: readonly string[];
  readonly outputOptions: readonly string[];
};

export type FfmpegRun = {
  /** What ffmpeg writes; ends when ffmpeg ends, for whatever reason. Reading slowly makes ffmpeg wait. */
  readonly output: Readable;
  /** Settles once the process is gone. Rejects only with `ffmpeg_missing`. */
  readonly exited: Promise<ToolExit>;
  /** At once and for good; harmless afterwards. */
  kill(): void;
};

/** Raw pictures come in pieces of 64 KiB; this much may wait in memory. */
const READ_AHEAD_BYTES = 1 << 20;

/**
 * Starts ffmpeg through fluent-ffmpeg with the guards of every input. fluent-ffmpeg is not maintained any more, so what
 * it does around the process is replaced here: it would crash hivis when ffmpeg cannot be started, kill a process
 * that is about to end well, hide the exit code, and run ffmpeg twice to ask which formats it knows.
 */
export function startFfmpeg(tools: MediaTools, request: FfmpegRequest): FfmpegRun {
  // Without `close`, which fluent-ffmpeg answers by killing ffmpeg after 20 ms.
  const output = new PassThrough({ highWaterMark: READ_AHEAD_BYTES, emitClose: false });
  const command = ffmpeg(inputUrl(request.file), { stdoutLines: 20 });
  Object.assign(command, SKIP_CAPABILITY_CHECKS);
  command
    .setFfmpegPath(tools.ffmpegPath)
    .inputOptions([
      '-hide_banner',
      '-nostdin',
      '-nostats',
      '-loglevel',
      'error',
      ...INPUT_GUARD,
      ...request.inputOptions,
    ])
    .videoFilters([...request.videoFilters])
    .outputOptions([...request.outputOptions]);
  let child: ChildProcess | undefined;
  let isKilled = false;
  const exited = new Promise<ToolExit>((resolve, reject) => {
    const tail = createTail(STDERR_TAIL_BYTES);
    command.on('start', () => {
      child = processOf(command);
      if (isKilled) child.kill('SIGKILL');
      child.removeAllListeners('error');
      child.once('error', (cause) => {
        output.end();
        reject(notStarted(tools.ffmpegPath, cause));
      });
      child.stderr?.on('data', (chunk: string | Buffer) => tail.append(chunk));
      child.once('close', (exitCode, exitSignal) => resolve({ exitCode, exitSignal, stderrTail: tail.text() }));
    });
    // Told by the exit code as well, and later.
    command.on('error', () => undefined);
  });
  command.pipe(output, { end: true });
  return {
    output,
    exited,
    kill: () => {
      isKilled = true;
      child?.kill('SIGKILL');
    },
  };
}

const SKIP_CAPABILITY_CHECKS = {
  _checkCapabilities: (done: () => void) => done(),
  availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
};

/** fluent-ffmpeg sets it just before `start`; the typings do not know it. */
function processOf(command: object): ChildProcess {
  return (command as { readonly ffmpegProc: ChildProcess }).ffmpegProc;
}
