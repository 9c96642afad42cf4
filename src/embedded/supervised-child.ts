import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { HivisError, toHivisError, type ErrorCode } from '../shared/errors.js';
import { isChildReport } from '../shared/parent-process.js';
import type { ChildOutput } from './child-output.js';
import { decideRestart, NO_CRASHES, type RestartPolicy } from './restart-policy.js';

/** As much of node's ChildProcess as we use; tests hand in a fake. */
export type SpawnedProcess = EventEmitter & {
  readonly pid?: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  kill(signal: NodeJS.Signals): boolean;
};

export type ChildPort = {
  /** `listenUrl`: what an earlier life of the child reported, so that a restarted API keeps its port. */
  spawn(listenUrl: string | null): SpawnedProcess;
  /** Ends the child and everything it started, at once. */
  killGroup(child: SpawnedProcess): void;
};

export type ChildEvent =
  | { readonly kind: 'started'; readonly name: string; readonly pid: number | null }
  | { readonly kind: 'ready'; readonly name: string }
  | { readonly kind: 'restarting'; readonly name: string; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'gave_up'; readonly name: string; readonly error: HivisError };

export type SupervisedChild = {
  readonly name: string;
  /** Resolves with the reported URL (null for workers); rejects when the child is given up before. */
  readonly ready: Promise<string | null>;
  /** SIGTERM, then SIGKILL after the grace. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  killNow(): void;
};

const OUTPUT_GRACE_MS = 500;

export type SuperviseOptions = {
  readonly name: string;
  readonly port: ChildPort;
  readonly policy: RestartPolicy;
  readonly output: ChildOutput;
  readonly nowMs: () => number;
  readonly onEvent: (event: ChildEvent) => void;
};

/** Keeps one child process running: starts it again with growing delays, and gives up with a reason that helps. */
export function superviseChild(options: SuperviseOptions): SupervisedChild {
  const { name, port, policy, onEvent } = options;
  const ready = createDeferred<string | null>();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current: Life | null = null;
  let listenUrl: string | null = null;

  async function keepRunning(): Promise<void> {
    let history = NO_CRASHES;
    while (!isStopping()) {
      let wasReady = false;
      current = startLife(options, listenUrl, (url) => {
        wasReady = true;
        listenUrl = url ?? listenUrl;
        ready.resolve(url);
      });
      const { reason, livedMs, reported } = await current.ended;
      current = null;
      if (isStopping()) return;
      if (reported !== null && !reported.retryable) throw reported;
      const decision = decideRestart(policy, history, { livedMs, wasReady });
      history = decision.history;
      if (decision.delayMs === null) throw crashError(name, reason, history.failedStarts, options.output.tail());
      onEvent({ kind: 'restarting', name, delayMs: decision.delayMs, reason });
      await pause(decision.delayMs, stopping.signal);
    }
  }

  keepRunning().catch((thrown: unknown) => {
    const error = toHivisError(thrown);
    ready.reject(error);
    onEvent({ kind: 'gave_up', name, error });
  });
  return {
    name,
    ready: ready.promise,
    async stop(graceMs) {
      stopping.abort();
      if (current === null) return;
      const { process, ended } = current;
      process.kill('SIGTERM');
      const timer = setTimeout(() => port.killGroup(process), graceMs);
      await ended;
      clearTimeout(timer);
    },
    killNow() {
      stopping.abort();
      if (current !== null) port.killGroup(current.process);
    },
  };
}

/** One run of the program, from its start to its end. */
type Life = { readonly process: SpawnedProcess; readonly ended: Promise<LifeEnd> };
type LifeEnd = { readonly reason: string; readonly livedMs: number; readonly reported: HivisError | null };

function startLife(options: SuperviseOptions, listenUrl: string | null, onReady: (url: string | null) => void): Life {
  const { name, output, nowMs, onEvent } = options;
  const startedMs = nowMs();
  const child = options.port.spawn(listenUrl);
  let reported: HivisError | null = null;
  if (child.stdout) output.attach(child.stdout);
  if (child.stderr) output.attach(child.stderr);
  onEvent({ kind: 'started', name, pid: child.pid ?? null });
  child.on('message', (message: unknown) => {
    if (!isChildReport(message)) return;
    if (message.kind === 'failed') {
      reported = new HivisError(message.code as ErrorCode, message.message, { retryable: message.retryable });
      return;
    }
    onEvent({ kind: 'ready', name });
    onReady(message.url);
  });
  const ended = new Promise<LifeEnd>((resolve) => {
    const end = (reason: string): void => resolve({ reason, livedMs: nowMs() - startedMs, reported });
    // `close` comes after the last line of output, so the reason we show includes it; but something that the child
    // started may hold its output open, so `exit` alone is enough after a moment.
    child.once('close', (code: number | null, signal: string | null) => end(describeExit(code, signal)));
    child.once('exit', (code: number | null, signal: string | null) =>
      setTimeout(() => end(describeExit(code, signal)), OUTPUT_GRACE_MS).unref(),
    );
    child.once('error', (error: Error) => end(error.message));
  });
  return { process: child, ended };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal.addEventListener('abort', end);
  });
}

function createDeferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Nobody may be waiting any more when the child is given up later.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function describeExit(code: number | null, signal: string | null): string {
  return signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
}

function crashError(name: string, reason: string, attempts: number, tail: readonly string[]): HivisError {
  const lastLines = tail.slice(-8).map((line) => `  ${line}`);
  const shown = lastLines.length === 0 ? '' : ` Its last lines:\n${lastLines.join('\n')}`;
  return new HivisError('process_crashed', `${name} cannot start: it ${reason}, ${attempts} times in a row.${shown}`, {
    details: { name, reason, attempts },
  });
}
