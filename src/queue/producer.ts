import type { FlowJob, JobsOptions } from 'bullmq';
import { HivisError } from '../shared/errors.js';
import type { JobQueue, QueueBackend } from './backend.js';
import {
  JOB_DEFAULTS,
  QUEUE_NAMES,
  RECONCILE_SCHEDULER_ID,
  deliveryJobId,
  ingestJobId,
  quoteJobId,
  reportJobId,
  segmentJobId,
  type Payload,
  type QueueName,
} from './definitions.js';
import { jobPriority, type UserPriority } from './priority.js';

/** What the queue must know of an analysis: a part of its row. */
export type QueuedAnalysis = {
  readonly id: string;
  readonly run: number;
  readonly priority: UserPriority;
  readonly createdAt: Date;
};

export type AnalysisJobs = {
  readonly analysisId: string;
  readonly run: number;
  readonly assessmentIds: readonly string[];
  readonly segmentIndexes: readonly number[];
  readonly deliveryIds?: readonly string[];
};

export type JobCounts = {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly waitingChildren: number;
  readonly failed: number;
  readonly completed: number;
};

/** `lost`: nothing in the queue will ever run it. */
export type JobPresence = 'queued' | 'active' | 'lost';

/**
 * Puts work into the queue. Every method may be called twice for the same thing: ids are deterministic, a job that waits
 * or runs is left alone, a finished one of the same id makes room. Throws `queue_unavailable` when the server is away.
 */
export interface Producer {
  readonly queues: ReadonlyMap<QueueName, JobQueue>;
  enqueueIngest(analysis: QueuedAnalysis): Promise<void>;
  /** The report job waits for the segment jobs. Without segments it is ready at once. */
  enqueueAnalysisFlow(analysis: QueuedAnalysis, segmentIndexes: readonly number[], assessmentId: string): Promise<void>;
  /** Segments whose report job does not wait for them; whoever finishes the last one queues the report. */
  enqueueSegments(analysis: QueuedAnalysis, segmentIndexes: readonly number[]): Promise<void>;
  enqueueReport(analysis: QueuedAnalysis, assessmentId: string): Promise<void>;
  enqueueDelivery(deliveryId: string, delayMs: number): Promise<void>;
  enqueueQuote(quoteId: string): Promise<void>;
  /** Starts the reconciler's clock unless it ticks already. */
  scheduleReconciler(intervalMs: number): Promise<void>;
  /** For Bull Board: the waiting report job shows how far the analysis is. Never fails. */
  showProgress(report: Payload<'reports'>, progress: object): Promise<void>;
  /** Removes what is not running at this moment; returns how many jobs went. */
  removeAnalysisJobs(jobs: AnalysisJobs): Promise<number>;
  presence(queue: QueueName, jobId: string): Promise<JobPresence>;
  counts(): Promise<Record<QueueName, JobCounts>>;
  close(): Promise<void>;
}

export function createProducer(backend: QueueBackend): Producer {
  return new BullProducer(backend);
}

class BullProducer implements Producer {
  readonly queues: ReadonlyMap<QueueName, JobQueue>;
  readonly #flows;

  constructor(backend: QueueBackend) {
    this.queues = new Map(QUEUE_NAMES.map((name) => [name, backend.createQueue(name)]));
    this.#flows = backend.createFlowProducer();
  }

  async enqueueIngest(analysis: QueuedAnalysis): Promise<void> {
    const data: Payload<'ingest'> = { analysisId: analysis.id, run: analysis.run };
    await this.#put('ingest', ingestJobId(data), data, { priority: priorityOf(analysis) });
  }

  async enqueueAnalysisFlow(
    analysis: QueuedAnalysis,
    segmentIndexes: readonly number[],
    assessmentId: string,
  ): Promise<void> {
    if (segmentIndexes.length === 0) return this.enqueueReport(analysis, assessmentId);
    const data: Payload<'reports'> = { analysisId: analysis.id, run: analysis.run, assessmentId };
    const jobId = reportJobId(data);
    const segments = segmentIndexes.map((segmentIndex) => segmentJob(analysis, segmentIndex));
    await reachable(async () => {
      await this.#makeRoom('reports', [jobId]);
      await this.#makeRoom(
        'segments',
        segments.map((segment) => segment.opts.jobId),
      );
      await this.#flows.add({
        name: 'report',
        queueName: 'reports',
        data,
        opts: { ...JOB_DEFAULTS, jobId, priority: priorityOf(analysis) },
        children: segments.map(asFlowChild),
      });
    });
  }

  async enqueueSegments(analysis: QueuedAnalysis, segmentIndexes: readonly number[]): Promise<void> {
    for (const segmentIndex of segmentIndexes) {
      const { data, opts } = segmentJob(analysis, segmentIndex);
      await this.#put('segments', opts.jobId, data, { priority: opts.priority });
    }
  }

  async enqueueReport(analysis: QueuedAnalysis, assessmentId: string): Promise<void> {
    const data: Payload<'reports'> = { analysisId: analysis.id, run: analysis.run, assessmentId };
    await this.#put('reports', reportJobId(data), data, { priority: priorityOf(analysis) });
  }

  async enqueueDelivery(deliveryId: string, delayMs: number): Promise<void> {
    const data: Payload<'deliveries'> = { deliveryId };
    await this.#put('deliveries', deliveryJobId(data), data, { delay: delayMs });
  }

  async enqueueQuote(quoteId: string): Promise<void> {
    await this.#put('quotes', quoteJobId({ quoteId }), { quoteId }, {});
  }

  async scheduleReconciler(intervalMs: number): Promise<void> {
    const maintenance = this.#queue('maintenance');
    await reachable(async () => {
      const known = await maintenance.getJobScheduler(RECONCILE_SCHEDULER_ID);
      const overdueMs = Date.now() - (known?.next ?? 0);
      if (known?.every === intervalMs && overdueMs < 3 * intervalMs + 10_000) return;
      await maintenance.upsertJobScheduler(
        RECONCILE_SCHEDULER_ID,
        { every: intervalMs },
        { name: 'reconcile', data: {}, opts: { removeOnComplete: { count: 50 }, removeOnFail: { count: 50 } } },
      );
    });
  }

  async showProgress(report: Payload<'reports'>, progress: object): Promise<void> {
    // The job may have been removed or the server be away; this is only something to look at.
    await this.#queue('reports')
      .updateJobProgress(reportJobId(report), progress)
      .catch(() => undefined);
  }

  async removeAnalysisJobs(jobs: AnalysisJobs): Promise<number> {
    const { analysisId, run } = jobs;
    // The report first: a parent that is gone is not released by the removal of its last child.
    const reports = jobs.assessmentIds.map((assessmentId) => reportJobId({ analysisId, run, assessmentId }));
    const segments = jobs.segmentIndexes.map((segmentIndex) => segmentJobId({ analysisId, run, segmentIndex }));
    return reachable(async () => {
      let removed = await this.#remove('ingest', [ingestJobId({ analysisId, run })]);
      removed += await this.#remove('reports', reports);
      removed += await this.#remove('segments', segments);
      return removed + (await this.#remove('deliveries', jobs.deliveryIds ?? []));
    });
  }

  async presence(queue: QueueName, jobId: string): Promise<JobPresence> {
    const state = await reachable(() => this.#queue(queue).getJobState(jobId));
    if (state === 'completed' || state === 'failed' || state === 'unknown') return 'lost';
    return state === 'active' ? 'active' : 'queued';
  }

  async counts(): Promise<Record<QueueName, JobCounts>> {
    const entries = await reachable(() =>
      Promise.all([...this.queues].map(async ([name, queue]) => [name, await countJobs(queue)] as const)),
    );
    return Object.fromEntries(entries) as Record<QueueName, JobCounts>;
  }

  async close(): Promise<void> {
    await Promise.all([this.#flows.close(), ...[...this.queues.values()].map((queue) => queue.close())]);
  }

  async #put(name: QueueName, jobId: string, data: object, opts: JobsOptions): Promise<void> {
    await reachable(async () => {
      await this.#makeRoom(name, [jobId]);
      await this.#queue(name).add(JOB_NAMES[name], data, { ...opts, jobId });
    });
  }

  /** Adding an id that exists changes nothing, so a finished job of the same id has to go first. */
  async #makeRoom(name: QueueName, jobIds: readonly string[]): Promise<void> {
    const queue = this.#queue(name);
    await inChunks(jobIds, async (jobId) => {
      const state = await queue.getJobState(jobId);
      if (state === 'completed' || state === 'failed') await queue.remove(jobId, { removeChildren: false });
    });
  }

  async #remove(name: QueueName, jobIds: readonly string[]): Promise<number> {
    const queue = this.#queue(name);
    let removed = 0;
    await inChunks(jobIds, async (jobId) => {
      if ((await queue.getJobState(jobId)) === 'unknown') return;
      const count = await queue.remove(jobId, { removeChildren: false });
      removed += count;
    });
    return removed;
  }

  #queue(name: QueueName): JobQueue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new HivisError('internal', `There is no queue ${name}.`);
    return queue;
  }
}

/** Names that Bull Board shows. */
const JOB_NAMES: Readonly<Record<QueueName, string>> = {
  ingest: 'ingest',
  segments: 'segment',
  reports: 'report',
  deliveries: 'delivery',
  quotes: 'quote',
  maintenance: 'reconcile',
};

function segmentJob(analysis: QueuedAnalysis, segmentIndex: number) {
  const data: Payload<'segments'> = { analysisId: analysis.id, run: analysis.run, segmentIndex };
  return { data, opts: { jobId: segmentJobId(data), priority: priorityOf(analysis, segmentIndex) } };
}

/**
 * A segment that the queue gives up on must not leave the report waiting for ever: the report runs, finds the segment
 * undone and sees to it. Whether the analysis fails is decided by the segment's own job, never by the flow.
 */
function asFlowChild(segment: ReturnType<typeof segmentJob>): FlowJob {
  return {
    name: 'segment',
    queueName: 'segments',
    data: segment.data,
    opts: { ...JOB_DEFAULTS, ...segment.opts, ignoreDependencyOnFailure: true },
  };
}

function priorityOf(analysis: QueuedAnalysis, segmentIndex = 0): number {
  return jobPriority({ createdAtMs: analysis.createdAt.getTime(), priority: analysis.priority, segmentIndex });
}

async function countJobs(queue: JobQueue): Promise<JobCounts> {
  const counts = await queue.getJobCounts(
    'waiting',
    'prioritized',
    'active',
    'delayed',
    'waiting-children',
    'failed',
    'completed',
  );
  const of = (state: string): number => counts[state] ?? 0;
  return {
    waiting: of('waiting') + of('prioritized'),
    active: of('active'),
    delayed: of('delayed'),
    waitingChildren: of('waiting-children'),
    failed: of('failed'),
    completed: of('completed'),
  };
}

const CHUNK = 50;

async function inChunks<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += CHUNK)
    await Promise.all(items.slice(start, start + CHUNK).map(work));
}

async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof HivisError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HivisError('queue_unavailable', `The queue could not be reached: ${why}`, { retryable: true, cause });
  }
}
