import { toCancelled } from '../shared/abort.js';
import { HivisError } from '../shared/errors.js';

export type WatchdogLimits = {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly minBytesPerSecond: number;
  /** Over how long the throughput is measured; default 30 s. */
  readonly throughputWindowMs?: number;
};

const DEFAULT_WINDOW_MS = 30_000;

/**
 * Ends a download that takes too long as a whole, waits too long for a byte (the first included), or drips. One timer
 * looks at all three, because an idle limit alone never ends a server that sends one byte a second.
 */
export class DownloadWatchdog {
  readonly #controller = new AbortController();
  readonly #limits: WatchdogLimits;
  readonly #windowMs: number;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;
  readonly #onParentAbort = (): void => this.#end(toCancelled(this.#parent?.reason));
  /** Since when the next byte is awaited; null while received bytes are being stored. */
  #waitingSinceMs: number | null = this.#startedMs;
  #bytes = 0;
  /** Bytes at past ticks within the window; the first bytes open it, connecting does not count as slowness. */
  #history: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(limits: WatchdogLimits, parent?: AbortSignal) {
    this.#limits = limits;
    this.#windowMs = limits.throughputWindowMs ?? DEFAULT_WINDOW_MS;
    this.#parent = parent;
    const shortest = Math.min(limits.timeoutMs, limits.idleTimeoutMs, this.#windowMs);
    this.#timer = setInterval(() => this.#tick(), Math.min(500, Math.max(10, shortest / 5)));
    this.#timer.unref();
    if (parent?.aborted === true) this.#onParentAbort();
    parent?.addEventListener('abort', this.#onParentAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the download was ended, once it was. */
  get reason(): HivisError | undefined {
    return this.signal.aborted ? (this.signal.reason as HivisError) : undefined;
  }

  received(bytes: number): void {
    this.#waitingSinceMs = null;
    if (this.#history.length === 0) this.#history.push({ atMs: performance.now(), bytes: this.#bytes });
    this.#bytes += bytes;
  }

  /** The received bytes are stored; from here on time counts as waiting. */
  awaitMore(): void {
    this.#waitingSinceMs = performance.now();
  }

  /** A new connection after a broken one: its set-up is not slowness. */
  restartThroughput(): void {
    this.#history = [];
    this.awaitMore();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#parent?.removeEventListener('abort', this.#onParentAbort);
  }

  #tick(): void {
    const nowMs = performance.now();
    const { timeoutMs, idleTimeoutMs } = this.#limits;
    if (nowMs - this.#startedMs > timeoutMs)
      this.#end(timeout(`took longer than ${seconds(timeoutMs)}`, 'DOWNLOAD_TIMEOUT_MS', false));
    else if (this.#waitingSinceMs !== null && nowMs - this.#waitingSinceMs > idleTimeoutMs)
      this.#end(timeout(`stood still for ${seconds(idleTimeoutMs)}`, 'DOWNLOAD_IDLE_TIMEOUT_MS', true));
    else if (this.#isTooSlow(nowMs))
      this.#end(
        timeout(
          `was slower than ${this.#limits.minBytesPerSecond} bytes per second over ${seconds(this.#windowMs)}`,
          'DOWNLOAD_MIN_BYTES_PER_SECOND',
          true,
        ),
      );
  }

  #isTooSlow(nowMs: number): boolean {
    const [oldest, second] = this.#history;
    if (oldest === undefined) return false;
    this.#history.push({ atMs: nowMs, bytes: this.#bytes });
    if (nowMs - oldest.atMs < this.#windowMs) return false;
    if (second !== undefined && nowMs - second.atMs >= this.#windowMs) this.#history.shift();
    return this.#bytes - oldest.bytes < (this.#limits.minBytesPerSecond * (nowMs - oldest.atMs)) / 1_000;
  }

  #end(reason: HivisError): void {
    this.stop();
    if (!this.signal.aborted) this.#controller.abort(reason);
  }
}

/** A slow server may be faster next time; a file that is too large for the time limit will not be smaller. */
function timeout(what: string, variable: string, retryable: boolean): HivisError {
  return new HivisError(
    'download_timeout',
    `The download ${what} and was given up. Use a faster server or ask the operator to change ${variable}.`,
    { retryable, details: { limit: variable } },
  );
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}
