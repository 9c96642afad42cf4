import type { FlowProducer, Job, Queue, Worker } from 'bullmq';
import type { QueueName } from './definitions.js';

export type JobQueue = Queue<unknown, unknown>;
export type JobWorker = Worker<unknown, unknown>;
export type QueueJob = Job<unknown, unknown>;

/** BullMQ hands over its AbortSignal only to functions that declare all three parameters. */
export type JobProcessor = (
  job: QueueJob,
  token: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

export type WorkerSettings = {
  readonly workerName: string;
  readonly concurrency: number;
  /** Restarts of a job whose worker died. */
  readonly maxCrashes: number;
  readonly lockDurationMs: number;
};

export type QueueInfo = {
  readonly kind: 'postgres' | 'redis';
  /** `postgres`, `redis`, `valkey` … */
  readonly server: string;
  readonly version: string;
  /** Clock of the server minus ours, milliseconds; within the half round trip. */
  readonly clockSkewMs: number;
  /** What an operator should change; empty when all is well. */
  readonly warnings: readonly string[];
};

/** Where the queue lives. The rest of hivis sees no difference between Postgres, Redis, Valkey, Sentinel and Cluster. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  createQueue(name: QueueName): JobQueue;
  /** Made paused; call `run()`. */
  createWorker(name: QueueName, processor: JobProcessor, settings: WorkerSettings): JobWorker;
  createFlowProducer(): FlowProducer;
  /** Throws `queue_unavailable` when the server does not answer. */
  ping(): Promise<void>;
  /** Throws `queue_unavailable` when the server does not answer or is too old. */
  info(): Promise<QueueInfo>;
  /** After queues and workers are closed. */
  close(): Promise<void>;
}

/** A Postgres or Redis clock further off than this makes delays and locks unreliable. */
const MAX_CLOCK_SKEW_MS = 2_000;

export function clockSkewWarnings(server: string, clockSkewMs: number): string[] {
  if (Math.abs(clockSkewMs) <= MAX_CLOCK_SKEW_MS) return [];
  return [
    `The clock of the ${server} server is ${Math.round(clockSkewMs)} ms off from this machine's. Synchronise both (NTP): job locks and delays use it.`,
  ];
}
