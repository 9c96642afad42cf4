import type { QueueOptions, WorkerOptions } from 'bullmq';
import type { WorkerSettings } from './backend.js';
import { retryDelayMs } from './backoff.js';
import { JOB_DEFAULTS } from './definitions.js';

/** Events that BullMQ keeps per queue for listeners; Bull Board needs a few only. */
const KEPT_EVENTS = 1_000;

export function queueOptions(): Omit<QueueOptions<never>, 'connection'> {
  return { defaultJobOptions: JOB_DEFAULTS, streams: { events: { maxLen: KEPT_EVENTS } } };
}

export function workerOptions(settings: WorkerSettings): Omit<WorkerOptions<never>, 'connection'> {
  return {
    name: settings.workerName,
    autorun: false,
    concurrency: settings.concurrency,
    lockDuration: settings.lockDurationMs,
    // A killed worker's job is found after its lock has run out plus at most two of these.
    stalledInterval: Math.max(500, Math.round(settings.lockDurationMs / 3)),
    maxStalledCount: settings.maxCrashes,
    drainDelay: 5,
    // How soon a lost connection is tried again.
    runRetryDelay: 1_000,
    settings: {
      backoffStrategy: (attemptsMade, _type, error) => retryDelayMs(attemptsMade, error, jitter()),
    },
  };
}

/** Spreads retries; needs no quality, only that processes differ. */
function jitter(): number {
  return (process.hrtime()[1] % 1_000) / 1_000;
}
