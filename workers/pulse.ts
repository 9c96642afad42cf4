import type { HivisError } from '../src/shared/errors.js';
import type { Logger } from '../src/shared/logger.js';

const BEAT_MS = 1_000;

/** A job whose work is in the hands of a living worker comes back after this. */
export const HELD_PAUSE_MS = 2_000;

/** Tells the database that a claim lives. What it gives back is why the work has to stop; undefined to go on. */
export type Beat = () => Promise<HivisError | undefined>;

/**
 * The heartbeat of one claim, every second, so that nobody takes it over from a living worker. `signal` is aborted with
 * the reason when a beat finds that the work has to stop.
 */
export class Pulse {
  readonly #beat: Beat;
  readonly #log: Logger;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;

  constructor(beat: Beat, log: Logger) {
    this.#beat = beat;
    this.#log = log;
    this.#timer = setInterval(() => {
      this.#beating ??= this.#tell().finally(() => (this.#beating = undefined));
    }, BEAT_MS);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
  }

  async #tell(): Promise<void> {
    try {
      const reason = await this.#beat();
      if (reason !== undefined) this.#controller.abort(reason);
    } catch (error) {
      // The transaction at the end will find out whether the claim is still ours.
      this.#log.warn({ err: error }, 'heartbeat of a claim failed');
    }
  }
}

/** How long a worker must have been silent before its claim may be taken over; its lock has run out long before. */
export function takeOverAfterMs(lockDurationMs: number): number {
  return Math.max(3_000, lockDurationMs / 2);
}
