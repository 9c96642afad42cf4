import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import { HivisError, toHivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { JobWorker, QueueBackend, QueueJob } from './backend.js';
import { parsePayload, type Payload, type QueueName } from './definitions.js';
import { logQuietly } from './quiet-log.js';

/** Small, for Bull Board. */
export type JobOutcome = Readonly<Record<string, string | number>> & { readonly outcome: string };

export type JobContext = {
  readonly jobId: string;
  /** From 1; a crash of the process does not count. */
  readonly attempt: number;
  /** Aborted when this process has to hand its jobs back; see `isHandBack`. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Shown in Bull Board. Never fails. */
  progress(percent: number, detail?: Readonly<Record<string, string | number>>): Promise<void>;
  /** A line in the job's log. Never fails. */
  say(line: string): Promise<void>;
};

export type QueueHandler<N extends QueueName> = {
  readonly concurrency: number;
  /** How many times a job whose worker died is started again; beyond it `onGivenUp` runs. */
  readonly maxCrashes: number;
  handle(payload: Payload<N>, context: JobContext): Promise<JobOutcome>;
  /** The queue will not try again. Must be safe to run twice. */
  onGivenUp?(payload: Payload<N>, error: HivisError): Promise<void>;
};

export type QueueHandlers = { readonly [N in QueueName]?: QueueHandler<N> };

export type ConsumerOptions = {
  readonly backend: QueueBackend;
  readonly handlers: QueueHandlers;
  readonly workerName: string;
  readonly lockDurationMs: number;
  readonly log: Logger;
};

export interface Consumer {
  start(): void;
  /** Takes no new jobs, waits `graceMs` for the running ones, then has them handed back. */
  stop(graceMs: number): Promise<void>;
}

/** Thrown by a handler whose job has to come back later; not a failure and not an attempt. */
export class PostponeError extends Error {
  override readonly name = 'PostponeError';
  readonly pauseMs: number;

  constructor(pauseMs: number) {
    super(`come back in ${pauseMs} ms`);
    this.pauseMs = pauseMs;
  }
}

const HAND_BACK = 'hand back';

/** True when the job is to be given back to the queue because this process stops. */
export function isHandBack(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason === HAND_BACK;
}

export function createConsumer(options: ConsumerOptions): Consumer {
  const lines = (Object.keys(options.handlers) as QueueName[]).map((name) => new QueueLine(name, options));
  return {
    start: () => lines.forEach((line) => line.start()),
    stop: async (graceMs) => {
      await Promise.all(lines.map((line) => line.stop(graceMs)));
    },
  };
}

/** One queue with its handler in this process. */
class QueueLine<N extends QueueName> {
  readonly #name: N;
  readonly #handler: QueueHandler<N>;
  readonly #log: Logger;
  readonly #worker: JobWorker;
  readonly #afterwork = new Set<Promise<void>>();

  constructor(name: N, options: ConsumerOptions) {
    const handler = options.handlers[name];
    if (handler === undefined) throw new HivisError('internal', `Queue ${name} has no handler.`);
    this.#name = name;
    this.#handler = handler;
    this.#log = options.log.child({ queue: name });
    this.#worker = options.backend.createWorker(
      name,
      (job, token, signal) => this.#process(job, token, signal ?? new AbortController().signal),
      {
        workerName: options.workerName,
        concurrency: handler.concurrency,
        maxCrashes: handler.maxCrashes,
        lockDurationMs: options.lockDurationMs,
      },
    );
    this.#listen();
  }

  start(): void {
    this.#worker.run().catch((error: unknown) => this.#log.error({ err: error }, 'queue worker stopped'));
  }

  async stop(graceMs: number): Promise<void> {
    const handBack = setTimeout(() => this.#worker.cancelAllJobs(HAND_BACK), graceMs);
    try {
      await this.#worker.close();
    } finally {
      clearTimeout(handBack);
    }
    await Promise.all(this.#afterwork);
  }

  #listen(): void {
    this.#worker.on('error', logQuietly(this.#log, 'queue worker error'));
    this.#worker.on('stalled', (jobId) => this.#log.warn({ jobId }, 'job of a lost worker is started again'));
    this.#worker.on('lockRenewalFailed', (jobIds) => this.#log.warn({ jobIds }, 'lock of a job was lost'));
    this.#worker.on('failed', (job, error) => {
      if (job?.finishedOn === undefined) return;
      const work = this.#giveUp(job, error).finally(() => this.#afterwork.delete(work));
      this.#afterwork.add(work);
    });
  }

  async #giveUp(job: QueueJob, error: Error): Promise<void> {
    try {
      await this.#handler.onGivenUp?.(parsePayload(this.#name, job.data), originOf(error));
    } catch (problem) {
      this.#log.error({ err: problem, jobId: job.id }, 'a failed job could not be cleared up');
    }
  }

  async #process(job: QueueJob, token: string | undefined, signal: AbortSignal): Promise<JobOutcome> {
    const attempt = job.attemptsMade + 1;
    const jobId = job.id ?? '';
    const log = this.#log.child({ jobId, attempt, ...idsOf(job.data) });
    try {
      const payload = parsePayload(this.#name, job.data);
      return await this.#handler.handle(payload, createContext(job, { jobId, attempt, signal, log }));
    } catch (thrown) {
      if (isHandBack(signal)) {
        log.info({ err: thrown }, 'job handed back');
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (thrown instanceof PostponeError) {
        log.debug({ pauseMs: thrown.pauseMs }, 'job postponed');
        await job.moveToDelayed(Date.now() + thrown.pauseMs, token);
        throw new DelayedError();
      }
      return await this.#conclude(job, attempt, toHivisError(thrown), log);
    }
  }

  /** Whether an error ends the job, is tried again, or is no failure at all. */
  async #conclude(job: QueueJob, attempt: number, error: HivisError, log: Logger): Promise<JobOutcome> {
    if (error.code === 'cancelled' || error.code === 'fenced_out') {
      log[error.code === 'cancelled' ? 'info' : 'warn']({ code: error.code }, `job ended: ${error.code}`);
      return { outcome: error.code };
    }
    const isLast = !error.retryable || attempt >= (job.opts.attempts ?? 1);
    if (isLast) log.error({ err: error, code: error.code }, 'job failed');
    else log.warn({ err: error, code: error.code }, 'job failed and will be tried again');
    await job.log(`attempt ${attempt}: ${error.code}: ${error.message}`).catch(() => undefined);
    if (error.retryable) throw error;
    throw new GivenUpError(error);
  }
}

/** Carries the HivisError through BullMQ, which looks at the class only. */
class GivenUpError extends UnrecoverableError {
  readonly origin: HivisError;

  constructor(origin: HivisError) {
    super(`${origin.code}: ${origin.message}`);
    this.origin = origin;
  }
}

/** How BullMQ says that the workers of a job died once too often. */
const STALLED_TOO_OFTEN = 'job stalled more than allowable limit';

function originOf(error: Error): HivisError {
  if (error instanceof GivenUpError) return error.origin;
  if (error.message === STALLED_TOO_OFTEN)
    return new HivisError(
      'internal',
      'The worker process died every time that it was at this job; see the worker log.',
    );
  return toHivisError(error);
}

function createContext(job: QueueJob, base: Pick<JobContext, 'jobId' | 'attempt' | 'signal' | 'log'>): JobContext {
  return {
    ...base,
    progress: async (percent, detail = {}) => {
      await job.updateProgress({ progress: Math.floor(percent), ...detail }).catch(() => undefined);
    },
    say: async (line) => {
      await job.log(line).catch(() => undefined);
    },
  };
}

/** What every log line of a job should carry. */
function idsOf(data: unknown): Record<string, unknown> {
  if (typeof data !== 'object' || data === null) return {};
  const known = ['analysisId', 'segmentIndex', 'assessmentId', 'deliveryId'];
  return Object.fromEntries(Object.entries(data).filter(([key]) => known.includes(key)));
}
