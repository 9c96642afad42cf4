/**
 * Ctrl-C, SIGTERM and a closed terminal. The first one asks for an orderly end, the second one for an immediate one,
 * a third ends the program whatever it is doing.
 */
export type Interrupts = {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What the second signal does; the latest one counts. */
  onSecond(action: () => void): void;
  dispose(): void;
};

/** npm passes on a signal that the terminal has already sent us: two within this time are one. */
const ECHO_MS = 700;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

export function createInterrupts(nowMs: () => number = Date.now): Interrupts {
  const controller = new AbortController();
  let second: () => void = () => undefined;
  let count = 0;
  let lastMs = -Infinity;

  function handle(): void {
    if (nowMs() - lastMs < ECHO_MS) return;
    lastMs = nowMs();
    count += 1;
    if (count === 1) controller.abort(new InterruptedError('interrupted'));
    else if (count === 2) second();
    else process.exit(130);
  }

  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    onSecond: (action) => {
      second = action;
    },
    dispose: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
