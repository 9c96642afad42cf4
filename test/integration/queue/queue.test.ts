import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QueueBackend } from '../../../src/queue/backend.js';
import {
  createConsumer,
  isHandBack,
  PostponeError,
  type Consumer,
  type QueueHandlers,
} from '../../../src/queue/consumer.js';
import { reportJobId, segmentJobId } from '../../../src/queue/definitions.js';
import { createProducer, type Producer, type QueuedAnalysis } from '../../../src/queue/producer.js';
import { HivisError } from '../../../src/shared/errors.js';
import { newId } from '../../../src/shared/ids.js';
import { createLogger } from '../../../src/shared/logger.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { openTestQueue, testQueueSettings } from '../../support/queue.js';
import { queueBackends } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';

const silent = createLogger({ level: 'silent', name: 'test' });
const patient = { timeoutMs: 10_000, intervalMs: 5 };

describe.each(queueBackends())('queue on %s', (_kind, { redisUrl }) => {
  let database: TestDatabase;
  let backend: QueueBackend;
  let producer: Producer;
  let consumers: Consumer[];
  let analysis: QueuedAnalysis;
  let assessmentId: string;

  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
    backend = await openTestQueue(testQueueSettings(redisUrl), database.url);
    producer = createProducer(backend);
    consumers = [];
    analysis = { id: newId('an'), run: 1, priority: 'normal', createdAt: new Date() };
    assessmentId = newId('as');
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop(0)));
    await producer.close();
    await backend.close();
    await database.drop();
  });

  const consume = (handlers: QueueHandlers, lockDurationMs = 30_000): Consumer => {
    const consumer = createConsumer({ backend, handlers, workerName: 'test', lockDurationMs, log: silent });
    consumers.push(consumer);
    consumer.start();
    return consumer;
  };
  const limits = { concurrency: 1, maxCrashes: 5 };
  const done = { outcome: 'done' };

  it('knows its server', async () => {
    await backend.ping();
    const info = await backend.info();
    expect(info.kind).toBe(redisUrl === null ? 'postgres' : 'redis');
    expect(Math.abs(info.clockSkewMs)).toBeLessThan(2_000);
  });

  it('runs the report after its segments, in order', async () => {
    const ran: string[] = [];
    await producer.enqueueAnalysisFlow(analysis, [0, 1, 2, 3], assessmentId);
    consume({
      segments: {
        ...limits,
        handle: (payload) => Promise.resolve(void ran.push(`s${payload.segmentIndex}`)).then(() => done),
      },
      reports: { ...limits, handle: () => Promise.resolve(void ran.push('report')).then(() => done) },
    });
    await waitFor(() => ran.includes('report'), patient);
    expect(ran).toEqual(['s0', 's1', 's2', 's3', 'report']);
  });

  it('adds nothing twice while it waits, and makes room for a finished job of the same id', async () => {
    for (let time = 0; time < 3; time++) await producer.enqueueAnalysisFlow(analysis, [0, 1], assessmentId);
    expect(await producer.counts()).toMatchObject({ segments: { waiting: 2 }, reports: { waitingChildren: 1 } });

    const ran: string[] = [];
    consume({
      segments: {
        ...limits,
        handle: (payload) => Promise.resolve(void ran.push(`s${payload.segmentIndex}`)).then(() => done),
      },
      reports: { ...limits, handle: () => Promise.resolve(void ran.push('report')).then(() => done) },
    });
    const jobId = reportJobId({ analysisId: analysis.id, run: 1, assessmentId });
    await waitFor(async () => (await producer.presence('reports', jobId)) === 'lost', patient);
    await producer.enqueueAnalysisFlow(analysis, [1], assessmentId);
    await waitFor(() => ran.filter((name) => name === 'report').length === 2, patient);
    expect(ran).toEqual(['s0', 's1', 'report', 's1', 'report']);
  });

  it('starts a short video submitted behind a long one with the next free worker', async () => {
    const started: string[] = [];
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await producer.enqueueAnalysisFlow(
      analysis,
      Array.from({ length: 30 }, (_, index) => index),
      assessmentId,
    );
    consume({
      segments: {
        ...limits,
        handle: async (payload) => {
          started.push(payload.analysisId === analysis.id ? `long ${payload.segmentIndex}` : 'short');
          await gate;
          return done;
        },
      },
    });
    await waitFor(() => started.length === 1, patient);
    const short: QueuedAnalysis = { ...analysis, id: newId('an'), createdAt: new Date() };
    await producer.enqueueAnalysisFlow(short, [0], newId('as'));
    release?.();
    await waitFor(() => started.length > 6, patient);
    // Same minute: the long one's second segment may come first, no more.
    expect(started.slice(0, 3)).toContain('short');
  });

  it('lets the report run even when the queue gives a segment up', async () => {
    const givenUp: string[] = [];
    let reports = 0;
    await producer.enqueueAnalysisFlow(analysis, [0, 1], assessmentId);
    consume({
      segments: {
        ...limits,
        handle: (payload) =>
          payload.segmentIndex === 0
            ? Promise.reject(new HivisError('segment_failed', 'poison'))
            : Promise.resolve(done),
        onGivenUp: (payload, error) => Promise.resolve(void givenUp.push(`${payload.segmentIndex} ${error.code}`)),
      },
      reports: { ...limits, handle: () => Promise.resolve(++reports).then(() => done) },
    });
    await waitFor(() => reports === 1 && givenUp.length === 1, patient);
    expect(givenUp).toEqual(['0 segment_failed']);
  });

  it('tries again what can be tried again, with the pause that the error asks for', async () => {
    const attempts: number[] = [];
    await producer.enqueueIngest(analysis);
    consume({
      ingest: {
        ...limits,
        handle: (_payload, { attempt }) => {
          attempts.push(attempt);
          const details = { retryInMs: 50 };
          return attempt < 3
            ? Promise.reject(new HivisError('storage_failed', 'away', { retryable: true, details }))
            : Promise.resolve(done);
        },
      },
    });
    await waitFor(() => attempts.length === 3, patient);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('hands a running job back when the process stops, without counting the attempt', async () => {
    const attempts: number[] = [];
    await producer.enqueueAnalysisFlow(analysis, [0], assessmentId);
    const first = consume({
      segments: {
        ...limits,
        handle: async (_payload, { attempt, signal }) => {
          attempts.push(attempt);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw new Error(isHandBack(signal) ? 'stopping' : 'aborted otherwise');
        },
      },
    });
    await waitFor(() => attempts.length === 1, patient);
    await first.stop(50);
    const jobId = segmentJobId({ analysisId: analysis.id, run: 1, segmentIndex: 0 });
    expect(await producer.presence('segments', jobId)).toBe('queued');
    consume({
      segments: {
        ...limits,
        handle: (_payload, { attempt }) => Promise.resolve(void attempts.push(attempt)).then(() => done),
      },
    });
    await waitFor(() => attempts.length === 2, patient);
    expect(attempts).toEqual([1, 1]);
  });

  it('puts a lost segment back under its waiting report', async () => {
    const ran: string[] = [];
    await producer.enqueueAnalysisFlow(analysis, [0, 1], assessmentId);
    const lost = segmentJobId({ analysisId: analysis.id, run: 1, segmentIndex: 1 });
    await producer.queues.get('segments')?.remove(lost);
    expect(await producer.presence('segments', lost)).toBe('lost');
    await producer.enqueueAnalysisFlow(analysis, [0, 1], assessmentId);
    consume({
      segments: {
        ...limits,
        handle: (payload) => Promise.resolve(void ran.push(`s${payload.segmentIndex}`)).then(() => done),
      },
      reports: { ...limits, handle: () => Promise.resolve(void ran.push('report')).then(() => done) },
    });
    await waitFor(() => ran.includes('report'), patient);
    expect(ran).toEqual(['s0', 's1', 'report']);
  });

  it('gives up a job whose workers die every time, and says so', async () => {
    const errors: HivisError[] = [];
    await producer.enqueueIngest(analysis);
    for (let death = 0; death < 2; death++) {
      const dead = backend.createWorker('ingest', (_job, _token, _signal) => new Promise(() => undefined), {
        ...{ concurrency: 1, maxCrashes: 1, workerName: 'dead', lockDurationMs: 300 },
      });
      dead.on('error', () => undefined);
      await waitFor(async () => (await dead.getNextJob(`token ${death}`, { block: false })) as unknown, patient);
      // What a living worker does for the dead: twice, because the first look only marks.
      await waitFor(
        async () => {
          await dead.startStalledCheckTimer();
          return (await producer.counts()).ingest.active === 0;
        },
        { ...patient, intervalMs: 100 },
      );
      await dead.close(true);
    }
    consume({
      ingest: {
        ...limits,
        handle: () => Promise.resolve(done),
        onGivenUp: (_payload, error) => Promise.resolve(void errors.push(error)),
      },
    });
    await waitFor(() => errors.length === 1, patient);
    expect(errors[0]?.message).toMatch(/died every time/);
  });

  it('brings a postponed job back later, without counting the attempt', async () => {
    const seen: { attempt: number; atMs: number }[] = [];
    await producer.enqueueIngest(analysis);
    consume({
      ingest: {
        ...limits,
        handle: (_payload, { attempt }) => {
          seen.push({ attempt, atMs: Date.now() });
          return seen.length < 3 ? Promise.reject(new PostponeError(100)) : Promise.resolve(done);
        },
      },
    });
    await waitFor(() => seen.length === 3, patient);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect((seen[2]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(200);
  });

  it('removes the jobs of one analysis and leaves the others', async () => {
    const other: QueuedAnalysis = { ...analysis, id: newId('an') };
    await producer.enqueueIngest(analysis);
    await producer.enqueueAnalysisFlow(analysis, [0, 1, 2], assessmentId);
    await producer.enqueueAnalysisFlow(other, [0], newId('as'));
    const jobs = { analysisId: analysis.id, run: 1, assessmentIds: [assessmentId], segmentIndexes: [0, 1, 2] };
    expect(await producer.removeAnalysisJobs(jobs)).toBe(5);
    expect(await producer.counts()).toMatchObject({
      ingest: { waiting: 0 },
      segments: { waiting: 1 },
      reports: { waiting: 0, waitingChildren: 1 },
    });
  });

  it('ticks the reconciler once per interval however many processes schedule it', async () => {
    let ticks = 0;
    await Promise.all([1, 2, 3].map(() => producer.scheduleReconciler(500)));
    const startedMs = Date.now();
    consume({ maintenance: { ...limits, handle: () => Promise.resolve(++ticks).then(() => done) } });
    await waitFor(() => ticks >= 7, patient);
    // Each that schedules it in the same moment may add a first tick; from the next full interval on there is one clock.
    expect(Date.now() - startedMs).toBeGreaterThan(1_800);
  });

  it('starts the job of a dead worker again', async () => {
    const started: string[] = [];
    await producer.enqueueIngest(analysis);
    // Takes the job and is gone: nobody renews its lock.
    const dead = backend.createWorker('ingest', (_job, _token, _signal) => new Promise(() => undefined), {
      ...limits,
      workerName: 'dead',
      lockDurationMs: 500,
    });
    dead.on('error', () => undefined);
    const taken = await dead.getNextJob('token of the dead');
    expect(taken.id).toBeDefined();
    consume(
      {
        ingest: {
          ...limits,
          handle: (_payload, { attempt }) => Promise.resolve(void started.push(`attempt ${attempt}`)).then(() => done),
        },
      },
      500,
    );
    await waitFor(() => started.length === 1, patient);
    expect(started).toEqual(['attempt 1']);
    await dead.close(true);
  });
});
