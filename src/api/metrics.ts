import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Sql } from '../db/client.js';
import { readCounters } from '../db/counters.js';
import { getCapacity, getStats } from '../db/screens.js';
import { listLiveWorkers } from '../db/workers.js';
import type { JobQueue } from '../queue/backend.js';
import type { JobCounts, Producer } from '../queue/producer.js';
import type { Logger } from '../shared/logger.js';
import { ANALYSIS_STATUSES } from './schemas.js';

export type MetricsParts = {
  readonly sql: Sql;
  readonly producer: Pick<Producer, 'counts' | 'queues'>;
  readonly log: Logger;
};

export type Metrics = {
  readonly registry: Registry;
  /** The Prometheus page, with figures of the database and of the queue read now. */
  render(): Promise<string>;
};

/**
 * One registry per application. What workers count is read from the database, so every API process tells the same and a
 * worker needs no port; what cannot be read now is left out and `hivis_up` says so.
 */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = createGauges(registry);
  const attempt = async (part: 'database' | 'queue', read: () => Promise<void>): Promise<void> => {
    try {
      await read();
      gauges.up.set({ part }, 1);
    } catch (error) {
      gauges.up.set({ part }, 0);
      parts.log.warn({ err: error, part }, 'metrics could not be read');
    }
  };
  return {
    registry,
    render: async () => {
      const counters: string[] = [];
      await Promise.all([
        attempt('queue', () => readQueue(gauges, parts.producer)),
        attempt('database', async () => {
          await readDatabase(gauges, parts.sql);
          counters.push(...renderCounters(await readCounters(parts.sql)));
        }),
      ]);
      return `${await registry.metrics()}\n${counters.join('')}`;
    },
  };
}

type Gauges = ReturnType<typeof createGauges>;

function createGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `hivis_${name}`, help, labelNames, registers: [registry] });
  return {
    up: gauge('up', 'Whether a part could be read: 1 or 0', 'part'),
    jobs: gauge('queue_jobs', 'Jobs in a queue by state', 'queue', 'state'),
    age: gauge('queue_oldest_job_age_seconds', 'Age of the job that is next; 0 when none waits', 'queue'),
    analyses: gauge('analyses', 'Analyses by status', 'status'),
    workers: gauge('workers', 'Worker processes alive'),
    workerMemory: gauge('worker_resident_memory_bytes', 'Memory of a worker process', 'worker'),
    backlog: gauge('backlog_video_seconds', 'Video that waits, as far as its length is known'),
    throughput: gauge('throughput_video_seconds_per_second', 'Over the last 10 minutes'),
  };
}

async function readQueue(gauges: Gauges, producer: MetricsParts['producer']): Promise<void> {
  const counts = await producer.counts();
  for (const [queue, jobs] of Object.entries(counts))
    for (const state of Object.keys(jobs) as (keyof JobCounts)[])
      gauges.jobs.set({ queue, state: toSnakeCase(state) }, jobs[state]);
  await Promise.all(
    [...producer.queues].map(async ([name, queue]) => {
      gauges.age.set({ queue: name }, await ageOfNextJob(queue));
    }),
  );
}

async function ageOfNextJob(queue: JobQueue): Promise<number> {
  const jobs = await queue.getJobs(['waiting', 'prioritized'], 0, 0, true);
  const timestamps = jobs.map((job) => job.timestamp);
  return timestamps.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...timestamps)) / 1000);
}

async function readDatabase(gauges: Gauges, sql: Sql): Promise<void> {
  const [stats, workers, capacity] = await Promise.all([getStats(sql), listLiveWorkers(sql), getCapacity(sql)]);
  for (const status of ANALYSIS_STATUSES) gauges.analyses.set({ status }, stats.analyses[status] ?? 0);
  gauges.workers.set(workers.length);
  gauges.workerMemory.reset();
  for (const worker of workers) gauges.workerMemory.set({ worker: `${worker.host}:${worker.pid}` }, worker.rssBytes);
  gauges.backlog.set(capacity.backlogVideoMs / 1000);
  gauges.throughput.set(capacity.throughputVideoSecondsPerSecond ?? 0);
}

const COUNTER_HELP: Readonly<Record<string, string>> = {
  frames_analyzed: 'Sampled frames that were decoded and detected on',
  decode_ms: 'Time spent decoding',
  inference_ms: 'Time spent in the model',
  segments_done: 'Segments finished',
  segment_retries: 'Segments that were begun again',
  fenced_writes: 'Late writes that were refused because another worker had taken over',
};

/** Kept in the database by all processes together, therefore not prom-client's own. */
function renderCounters(counters: Readonly<Record<string, number>>): string[] {
  const all = { ...Object.fromEntries(Object.keys(COUNTER_HELP).map((name) => [name, 0])), ...counters };
  return Object.entries(all).map(([name, value]) => {
    const metric = `hivis_${name}_total`;
    return `# HELP ${metric} ${COUNTER_HELP[name] ?? 'Counted by the workers'}\n# TYPE ${metric} counter\n${metric} ${value}\n`;
  });
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
