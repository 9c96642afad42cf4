import type { Producer } from '../src/queue/producer.js';
import type { Logger } from '../src/shared/logger.js';

/**
 * Keeps the reconciler's schedule alive: it lives in the queue, and a queue that was emptied has none. Every worker looks
 * after it; only a missing one is made.
 */
export class ReconcilerClock {
  readonly #producer: Producer;
  readonly #intervalMs: number;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

  constructor(producer: Producer, intervalMs: number, log: Logger) {
    this.#producer = producer;
    this.#intervalMs = intervalMs;
    this.#log = log;
  }

  start(): void {
    void this.#ensure();
    this.#timer = setInterval(() => void this.#ensure(), this.#intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ensure(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#producer.scheduleReconciler(this.#intervalMs);
    } catch (error) {
      this.#log.warn({ err: error }, 'the reconciler could not be scheduled');
    } finally {
      this.#isBusy = false;
    }
  }
}
