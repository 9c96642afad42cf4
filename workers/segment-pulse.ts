import type { Db } from '../src/db/client.js';
import { heartbeatSegment, type SegmentKey } from '../src/db/segments.js';
import { HivisError } from '../src/shared/errors.js';
import type { Logger } from '../src/shared/logger.js';

const BEAT_MS = 1_000;

export type PulseOptions = {
  readonly sql: Db;
  readonly key: SegmentKey;
  readonly epoch: number;
  readonly log: Logger;
  readonly onBeat: (framesDone: number) => void;
};

/**
 * Tells the database every second how far a segment is, and learns from the answer when it has to stop: `signal` is then
 * aborted with `fenced_out` (another worker has the segment) or `cancelled`.
 */
export class SegmentPulse {
  framesDone = 0;
  readonly #options: PulseOptions;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
    }, BEAT_MS);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const { sql, key, epoch, log, onBeat } = this.#options;
    try {
      const answer = await heartbeatSegment(sql, key, epoch, this.framesDone);
      if (answer === 'ok') onBeat(this.framesDone);
      else this.#controller.abort(endOf(answer, key));
    } catch (error) {
      // The commit will find out whether the segment is still ours.
      log.warn({ err: error }, 'segment heartbeat failed');
    }
  }
}

function endOf(answer: 'fenced' | 'cancelled', key: SegmentKey): HivisError {
  if (answer === 'cancelled') return new HivisError('cancelled', `Analysis ${key.analysisId} needs no more work.`);
  return new HivisError('fenced_out', `Segment ${key.segmentIndex} of ${key.analysisId} was given to another worker.`);
}
