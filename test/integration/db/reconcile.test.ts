import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  completeAnalysis,
  failAnalysis,
  finishCancel,
  markReporting,
  requestCancel,
} from '../../../src/db/analyses.js';
import { insertAssessment } from '../../../src/db/assessments.js';
import { createSql, type Sql } from '../../../src/db/client.js';
import { insertDelivery } from '../../../src/db/deliveries.js';
import {
  countLiveSegments,
  findAnalysisJobIds,
  listActiveAnalyses,
  listAnalysesOverSize,
  listExpiredAnalyses,
  listOpenAssessments,
  listPendingCancels,
  listStuckSegments,
  listUntoldAnalyses,
  withReconcilerLock,
} from '../../../src/db/reconcile.js';
import { listStillActive } from '../../../src/db/still-active.js';
import { newId } from '../../../src/shared/ids.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { claimed, createAnalyzing, createQueued, FAILURE, finishSegments, keyOf, RULES } from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());
beforeEach(() => sql`truncate analyses cascade`);

const SILENCE_MS = 30_000;

async function silence(analysisId: string, segmentIndex: number): Promise<void> {
  await sql`
    update segments set heartbeat_at = now() - interval '31 seconds'
    where analysis_id = ${analysisId} and segment_index = ${segmentIndex}`;
}

async function createEnded(sizeBytes: number, daysAgo: number): Promise<string> {
  const { id, run } = await createQueued(sql);
  await failAnalysis(sql, id, run, FAILURE);
  await sql`
    update analyses set source_size_bytes = ${sizeBytes}, finished_at = now() - ${daysAgo} * interval '1 day' where id = ${id}`;
  return id;
}

describe('withReconcilerLock', () => {
  it('lets one process in at a time', async () => {
    const other = createSql(database.url, { max: 1, applicationName: 'other' });
    try {
      let entered = 0;
      const outer = await withReconcilerLock(sql, async () => {
        entered += 1;
        expect(await withReconcilerLock(other, () => Promise.reject(new Error('two at once')))).toBe(false);
      });
      expect([outer, entered]).toEqual([true, 1]);
      expect(
        await withReconcilerLock(other, () => {
          entered += 1;
          return Promise.resolve();
        }),
      ).toBe(true);
      expect(entered).toBe(2);
    } finally {
      await other.end();
    }
  });

  it('frees the lock when the work fails', async () => {
    await expect(withReconcilerLock(sql, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withReconcilerLock(sql, () => Promise.resolve())).toBe(true);
  });
});

describe('listActiveAnalyses', () => {
  it('says what the queue should hold for each', async () => {
    const queued = await createQueued(sql, { priority: 'high' });
    const analyzing = await createAnalyzing(sql, 4);
    await finishSegments(sql, analyzing, 1);
    await claimed(sql, keyOf(analyzing, 1));
    await claimed(sql, keyOf(analyzing, 2));
    await silence(analyzing.id, 2);
    const ended = await createAnalyzing(sql, 1);
    await failAnalysis(sql, ended.id, ended.run, FAILURE);
    const { items, nextCursor } = await listActiveAnalyses(sql, { limit: 10, silenceMs: SILENCE_MS });
    expect(nextCursor).toBeNull();
    expect(items).toMatchObject([
      {
        id: queued.id,
        status: 'queued',
        priority: 'high',
        assessmentId: null,
        openSegmentIndexes: [],
        liveSegmentIndexes: [],
      },
      {
        id: analyzing.id,
        run: 1,
        status: 'analyzing',
        assessmentId: analyzing.assessmentId,
        openSegmentIndexes: [1, 2, 3],
        liveSegmentIndexes: [1],
      },
    ]);
  });

  it('comes in pages', async () => {
    const ids = [];
    for (let index = 0; index < 7; index += 1) ids.push((await createQueued(sql)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listActiveAnalyses(sql, {
        limit: 3,
        silenceMs: 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect([...seen].sort()).toEqual([...ids].sort());
  });
});

describe('what is stuck', () => {
  it('are running segments of silent workers', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await claimed(sql, keyOf(analysis, 0), 'dead');
    await claimed(sql, keyOf(analysis, 1), 'alive');
    await silence(analysis.id, 0);
    expect(await listStuckSegments(sql, SILENCE_MS, 10)).toMatchObject([
      { analysisId: analysis.id, run: 1, segmentIndex: 0, workerId: 'dead', attempts: 1 },
    ]);
    expect(await countLiveSegments(sql, analysis.id, SILENCE_MS)).toBe(1);
  });

  it('are cancel requests that nobody carries out', async () => {
    const analysis = await createAnalyzing(sql, 2);
    await claimed(sql, keyOf(analysis, 0));
    await requestCancel(sql, analysis.id);
    const options = { olderThanMs: 0, silenceMs: SILENCE_MS };
    expect(await listPendingCancels(sql, options)).toMatchObject([
      { id: analysis.id, run: 1, status: 'analyzing', liveSegments: 1 },
    ]);
    expect(await listPendingCancels(sql, { ...options, olderThanMs: 60_000 })).toEqual([]);
    expect(await listStillActive(sql, [analysis.id])).toEqual([]);
    await finishCancel(sql, analysis.id, analysis.run);
    expect(await listPendingCancels(sql, options)).toEqual([]);
  });

  it('are re-scores without an end', async () => {
    const analysis = await createAnalyzing(sql, 1);
    await finishSegments(sql, analysis, 1);
    await markReporting(sql, analysis.id, analysis.run);
    const id = newId('as');
    await insertAssessment(sql, { id, analysisId: analysis.id, rules: RULES });
    expect(await listOpenAssessments(sql, 10)).toEqual([]);
    await completeAnalysis(sql, analysis.id, analysis.run, 'completed');
    expect(await listOpenAssessments(sql, 10)).toMatchObject([
      { id, analysisId: analysis.id, run: 1, priority: 'normal' },
    ]);
  });

  it('are ends that nobody was told', async () => {
    const { id, run } = await createQueued(sql, { callbackUrl: 'https://h.example.com/' });
    await createQueued(sql);
    expect(await listUntoldAnalyses(sql, 10)).toEqual([]);
    await failAnalysis(sql, id, run, FAILURE);
    expect(await listUntoldAnalyses(sql, 10)).toEqual([{ id, run, status: 'failed' }]);
    await insertDelivery(sql, {
      id: 'dl_told',
      analysisId: id,
      eventType: 'analysis.failed',
      url: 'https://h.example.com/',
      payload: '{}',
    });
    expect(await listUntoldAnalyses(sql, 10)).toEqual([]);
  });
});

describe('findAnalysisJobIds', () => {
  it('names everything that the queue may hold', async () => {
    const analysis = await createAnalyzing(sql, 2);
    await insertDelivery(sql, {
      id: 'dl_job',
      analysisId: analysis.id,
      eventType: 'x',
      url: 'https://h.example.com/',
      payload: '{}',
    });
    expect(await findAnalysisJobIds(sql, analysis.id)).toEqual({
      analysisId: analysis.id,
      run: 1,
      assessmentIds: [analysis.assessmentId],
      segmentIndexes: [0, 1],
      deliveryIds: ['dl_job'],
    });
    expect(await findAnalysisJobIds(sql, 'an_none')).toBeUndefined();
  });
});

describe('retention', () => {
  it('by age takes what ended long ago, oldest first', async () => {
    const old = await createEnded(1, 40);
    const older = await createEnded(1, 50);
    await createEnded(1, 5);
    await createQueued(sql);
    const before = new Date(Date.now() - 30 * 24 * 3_600_000);
    expect((await listExpiredAnalyses(sql, before, 10)).map((candidate) => candidate.id)).toEqual([older, old]);
    expect(await listExpiredAnalyses(sql, before, 1)).toHaveLength(1);
  });

  it('by size keeps the newest that fit, and never touches what is active', async () => {
    const oldest = await createEnded(400, 3);
    const middle = await createEnded(400, 2);
    const newest = await createEnded(400, 1);
    const active = await createQueued(sql);
    expect((await listAnalysesOverSize(sql, 800, 10)).map((candidate) => candidate.id)).toEqual([oldest]);
    await sql`update analyses set source_size_bytes = 300 where id = ${active.id}`;
    expect((await listAnalysesOverSize(sql, 800, 10)).map((candidate) => candidate.id)).toEqual([oldest, middle]);
    expect((await listAnalysesOverSize(sql, 100, 10)).map((candidate) => candidate.id)).toEqual([
      oldest,
      middle,
      newest,
    ]);
    expect(await listAnalysesOverSize(sql, 5_000, 10)).toEqual([]);
  });
});
