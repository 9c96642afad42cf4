import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HivisError, type ErrorCode } from '../src/shared/errors.js';
import type { Logger } from '../src/shared/logger.js';
import { isChildReport } from '../src/shared/parent-process.js';

export type SupervisorOptions = {
  readonly processes: number;
  /** Handed to the children, which are told to be one process each. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly shutdownGraceMs: number;
  /** Default: the worker's own entry point. */
  readonly program?: string;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A child that lived this long works; its next crash is a new story. */
const STABLE_MS = 60_000;

/**
 * Keeps N worker processes running: ONNX Runtime blocks its thread, so hivis scales by processes. Resolves with the way
 * to stop them once one of them takes jobs; rejects when the first reports come back are failures that no second try
 * can mend.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<(graceMs: number) => Promise<void>> {
  const children = Array.from({ length: options.processes }, (_, slot) => new SupervisedWorker(slot + 1, options));
  try {
    await Promise.any(children.map((child) => child.start()));
  } catch (failures) {
    await Promise.all(children.map((child) => child.stop()));
    throw failures instanceof AggregateError ? failures.errors[0] : failures;
  }
  return async () => {
    await Promise.all(children.map((child) => child.stop()));
  };
}

/** One slot: a child, and the next one when it ends unasked. */
class SupervisedWorker {
  readonly #slot: number;
  readonly #options: SupervisorOptions;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  #quickCrashes = 0;

  constructor(slot: number, options: SupervisorOptions) {
    this.#slot = slot;
    this.#options = options;
  }

  /** Resolves when the first child takes jobs; rejects when it says that it never will. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => this.#launch(resolve, reject));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    // The child ends itself by force a little earlier.
    const force = setTimeout(() => child.kill('SIGKILL'), this.#options.shutdownGraceMs + 4_500);
    await gone;
    clearTimeout(force);
  }

  #launch(onReady: () => void, onHopeless: (error: HivisError) => void): void {
    const startedMs = Date.now();
    const program =
      this.#options.program ??
      fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js', import.meta.url));
    const child = fork(program, {
      env: { ...this.#options.env, WORKER_PROCESSES: '1' },
      // Ctrl-C in a terminal reaches us only; we pass it on in order.
      detached: true,
    });
    this.#child = child;
    child.on('error', (error) => this.#options.log.error({ err: error, slot: this.#slot }, 'worker process error'));
    child.on('message', (message) => {
      if (!isChildReport(message)) return;
      if (message.kind === 'ready') onReady();
      else if (!message.retryable) onHopeless(new HivisError(message.code as ErrorCode, message.message));
    });
    child.once('exit', (exitCode, signal) => {
      this.#child = undefined;
      if (this.#isStopping) return;
      this.#options.log.error({ slot: this.#slot, exitCode, signal }, 'worker process ended unasked');
      this.#restartAfter(Date.now() - startedMs, onReady, onHopeless);
    });
  }

  #restartAfter(livedMs: number, onReady: () => void, onHopeless: (error: HivisError) => void): void {
    this.#quickCrashes = livedMs >= STABLE_MS ? 0 : this.#quickCrashes + 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#quickCrashes, 10), LONGEST_PAUSE_MS);
    this.#restart = setTimeout(() => this.#launch(onReady, onHopeless), pauseMs);
  }
}
