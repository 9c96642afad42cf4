import { spawn, type ChildProcess } from 'node:child_process';
import { toCancelled } from '../shared/abort.js';
import { HivisError } from '../shared/errors.js';
import { createTail } from './tail.js';

/** The last words of a tool that are kept for error details. */
export const STDERR_TAIL_BYTES = 4096;

export type ToolRequest = {
  readonly path: string;
  readonly args: readonly string[];
  /** Gets stdout piece by piece; nothing is collected here. */
  readonly onStdout: (chunk: Buffer) => void;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

export type ToolExit = {
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  readonly stderrTail: string;
};

/**
 * Runs ffprobe (or `ffmpeg -version`) to its end, in a process group of its own so that nothing of it survives.
 * Resolves whatever the exit code is. Throws `ffmpeg_missing` when it cannot be started, `timed_out`, `cancelled`, and
 * what `onStdout` throws.
 */
export async function runTool(request: ToolRequest): Promise<ToolExit> {
  const { path, args, signal, timeoutMs } = request;
  if (signal?.aborted === true) throw toCancelled(signal.reason);
  const child = spawn(path, [...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true, windowsHide: true });
  const tail = createTail(STDERR_TAIL_BYTES);
  let failure: unknown;
  const stop = (reason: unknown): void => {
    failure ??= reason;
    killGroup(child);
  };
  const onAbort = (): void => {
    if (signal) stop(toCancelled(signal.reason));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop(timedOut(path, timeoutMs)), timeoutMs);
  child.stderr.on('data', (chunk: Buffer) => tail.append(chunk));
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      request.onStdout(chunk);
    } catch (error) {
      stop(error);
    }
  });
  try {
    const exit = await new Promise<Omit<ToolExit, 'stderrTail'>>((resolve, reject) => {
      child.once('error', (cause) => reject(notStarted(path, cause)));
      child.once('close', (exitCode, exitSignal) => resolve({ exitCode, exitSignal }));
    });
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error('stopped', { cause: failure });
    return { ...exit, stderrTail: tail.text() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

export function notStarted(path: string, cause: unknown): HivisError {
  return new HivisError(
    'ffmpeg_missing',
    `${path} could not be started: install ffmpeg, or set FFMPEG_PATH and FFPROBE_PATH.`,
    { cause, details: { path } },
  );
}

export function timedOut(path: string, timeoutMs: number): HivisError {
  return new HivisError(
    'timed_out',
    `${path} did not finish within ${Math.round(timeoutMs / 1000)} s and was stopped.`,
    {
      retryable: true,
      details: { path, timeoutMs },
    },
  );
}
