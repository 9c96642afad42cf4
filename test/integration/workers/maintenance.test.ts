import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAnalysis, getAnalysis } from '../../../src/db/analyses.js';
import {
  findAssessment,
  findDefaultAssessment,
  getReport,
  insertAssessment,
  listEvidence,
} from '../../../src/db/assessments.js';
import { readCounters } from '../../../src/db/counters.js';
import { findQuote, insertQuote } from '../../../src/db/quotes.js';
import { listSegments } from '../../../src/db/segments.js';
import { listLiveWorkers } from '../../../src/db/workers.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Report } from '../../../src/report/schema.js';
import { sha256Bytes } from '../../../src/shared/hash.js';
import { newId } from '../../../src/shared/ids.js';
import { analysisPrefix, evidenceKey, reportKey, sourcePrefix } from '../../../src/storage/keys.js';
import { queueBackends } from '../../support/redis.js';
import { openTestStack, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { startLocalWorker, testSettings } from '../../support/worker.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

describe.each(queueBackends())('around an analysis on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  let worker: WorkerProcess;
  let id: string;

  beforeAll(async () => {
    stack = await openTestStack({ redisUrl, env: { RECONCILE_INTERVAL_MS: '500' } });
    worker = await startLocalWorker(stack.env);
    ({ id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') }));
    await stack.ended(id);
  });
  afterAll(async () => {
    await worker.stop(0);
    await stack.close();
  });

  async function readReport(assessmentId: string): Promise<Report> {
    return JSON.parse((await getReport(stack.database.sql, assessmentId)) ?? '') as Report;
  }

  it('a re-score makes another report without decoding or inference, and leaves the default one alone', async () => {
    const before = await getReport(stack.database.sql, (await findDefaultAssessment(stack.database.sql, id))?.id ?? '');
    const segments = await listSegments(stack.database.sql, id);
    const rules = { ...DEFAULT_RULES, required: ['helmet'], minViolationMs: 5_000 };
    const { id: assessmentId } = await insertAssessment(stack.database.sql, { id: newId('as'), analysisId: id, rules });
    await stack.submitter.producer.enqueueReport(await getAnalysis(stack.database.sql, id), assessmentId);
    await waitFor(async () => (await findAssessment(stack.database.sql, assessmentId))?.status === 'completed', {
      timeoutMs: 20_000,
    });
    const report = await readReport(assessmentId);
    expect(report.analysis.settings.rules).toEqual(rules);
    expect(Object.keys(report.summary.items)).toEqual(['helmet']);
    expect(await stack.storage.stat(reportKey(id, assessmentId, 'pdf'))).toBeDefined();
    expect(await listSegments(stack.database.sql, id)).toEqual(segments);
    const after = await getReport(stack.database.sql, (await findDefaultAssessment(stack.database.sql, id))?.id ?? '');
    expect(after).toBe(before);
  });

  it('a re-score takes the stills that are there: the same pictures under its own numbers', async () => {
    const { sql } = stack.database;
    const original = (await findDefaultAssessment(sql, id))?.id ?? '';
    const lengths = (await readReport(original)).violations.map(({ startMs, endMs }) => endMs - startMs);
    const shortestMs = Math.min(...lengths);
    const rules = { ...DEFAULT_RULES, minViolationMs: shortestMs + 1 };
    const { id: assessmentId } = await insertAssessment(sql, { id: newId('as'), analysisId: id, rules });
    await stack.submitter.producer.enqueueReport(await getAnalysis(sql, id), assessmentId);
    await waitFor(async () => (await findAssessment(sql, assessmentId))?.status === 'completed', { timeoutMs: 20_000 });

    const kept = (await listEvidence(sql, original)).filter((_, position) => lengths[position] !== shortestMs);
    expect(kept.length).toBeGreaterThan(0);
    expect(await listEvidence(sql, assessmentId)).toEqual(
      kept.map((still, position) => ({ ...still, assessmentId, violationNumber: position + 1 })),
    );
    expect((await readReport(assessmentId)).violations.map(({ evidence }) => evidence?.sha256)).toEqual(
      kept.map((still) => still.sha256),
    );
    expect(await stack.storage.stat(evidenceKey(id, assessmentId, 1))).toBeUndefined();
  });

  it('a report that is made a second time is the same to the byte, in every format', async () => {
    const assessmentId = (await findDefaultAssessment(stack.database.sql, id))?.id ?? '';
    const read = (): Promise<string[]> =>
      Promise.all(
        (['json', 'csv', 'html', 'pdf'] as const).map(async (format) =>
          sha256Bytes(await buffer(await stack.storage.read(reportKey(id, assessmentId, format)))),
        ),
      );
    const before = await read();
    await stack.database.sql`delete from evidence where assessment_id = ${assessmentId}`;
    // As if the process had died after storing the files and before the transaction.
    await stack.database.sql`update analyses set status = 'reporting', finished_at = null where id = ${id}`;
    await stack.database.sql`update assessments set status = 'running' where id = ${assessmentId}`;
    await stack.submitter.producer.enqueueReport(await getAnalysis(stack.database.sql, id), assessmentId);
    await stack.ended(id);
    expect(await read()).toEqual(before);
    expect(sha256Bytes((await getReport(stack.database.sql, assessmentId)) ?? '')).toBe(before[0]);
  });

  it('a lost re-score is queued again by the reconciler', async () => {
    const assessment = await insertAssessment(stack.database.sql, {
      id: newId('as'),
      analysisId: id,
      rules: DEFAULT_RULES,
    });
    await waitFor(async () => (await findAssessment(stack.database.sql, assessment.id))?.status === 'completed', {
      timeoutMs: 20_000,
    });
    expect((await readCounters(stack.database.sql))['reconciler_requeued']).toBeGreaterThan(0);
  });

  it('a dry run answers what an analysis would cost, or why it cannot be made', async () => {
    const ask = async (page: string): Promise<string> => {
      const settings = testSettings();
      const quote = { id: newId('qu'), videoUrl: stack.server.url(page), uploadId: null, settings };
      await insertQuote(stack.database.sql, quote);
      await stack.submitter.producer.enqueueQuote(quote.id);
      await waitFor(async () => (await findQuote(stack.database.sql, quote.id))?.status !== 'pending', {
        timeoutMs: 20_000,
      });
      return quote.id;
    };
    expect(await findQuote(stack.database.sql, await ask('/site-demo.mp4'))).toMatchObject({
      status: 'ready',
      result: { frames: 180, framesToAnalyze: 36, durationMs: 15_000, widthPx: 960, heightPx: 540 },
    });
    expect(await findQuote(stack.database.sql, await ask('/missing.mp4'))).toMatchObject({
      status: 'failed',
      error: { code: 'download_failed' },
    });
  });

  it('shows that it lives and what it has done', async () => {
    await waitFor(
      async () =>
        (await listLiveWorkers(stack.database.sql)).some(
          (row) => row.id === worker.workerId && row.framesAnalyzed === 36,
        ),
      { timeoutMs: 10_000 },
    );
    const counters = await readCounters(stack.database.sql);
    expect(counters).toMatchObject({ frames_analyzed: 36, segments_done: 1 });
    expect(counters['inference_ms']).toBeGreaterThan(0);
  });

  it('retention removes what finished too long ago, with files', async () => {
    await worker.stop(5_000);
    await stack.database.sql`update analyses set finished_at = now() - interval '3 days' where id = ${id}`;
    worker = await startLocalWorker({ ...stack.env, RETENTION_DAYS: '2' });
    await waitFor(async () => (await findAnalysis(stack.database.sql, id)) === undefined, { timeoutMs: 10_000 });
    expect(await stack.storage.usageBytes(sourcePrefix(id))).toBe(0);
    expect(await stack.storage.usageBytes(analysisPrefix(id))).toBe(0);
  });
});
