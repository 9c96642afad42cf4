import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeAnalysis, failAnalysis, markReporting, retryAnalysis } from '../../../src/db/analyses.js';
import { claimAssessment, saveAssessment } from '../../../src/db/assessments.js';
import type { Sql } from '../../../src/db/client.js';
import {
  getAnalysisScreen,
  getCapacity,
  getStats,
  listAnalyses,
  measureFrameCost,
  type AnalysisFilter,
} from '../../../src/db/screens.js';
import { heartbeatSegment } from '../../../src/db/segments.js';
import { upsertWorkerHeartbeat } from '../../../src/db/workers.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  claimed,
  createAnalyzing,
  createQueued,
  FAILURE,
  finishSegments,
  keyOf,
  savedAssessment,
  SETTINGS,
} from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

async function walk(filter: Omit<AnalysisFilter, 'cursor'>): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listAnalyses(sql, { ...filter, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

describe('getAnalysisScreen', () => {
  it('knows nothing of segments before the plan', async () => {
    const { id } = await createQueued(sql);
    expect(await getAnalysisScreen(sql, id)).toMatchObject({
      id,
      segmentsTotal: null,
      segmentsDone: 0,
      framesDone: 0,
      framesPerSecond: null,
      assessmentId: null,
      summary: null,
    });
    expect(await getAnalysisScreen(sql, 'an_none')).toBeUndefined();
  });

  it('counts frames of finished and of running segments, and measures the speed', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 1);
    await heartbeatSegment(sql, keyOf(analysis, 1), await claimed(sql, keyOf(analysis, 1)), 4);
    await sql`update segments set claimed_at = claimed_at - interval '2 seconds' where analysis_id = ${analysis.id}`;
    await sql`update analyses set started_at = started_at - interval '3 seconds' where id = ${analysis.id}`;
    const screen = await getAnalysisScreen(sql, analysis.id);
    expect(screen).toMatchObject({ segmentsTotal: 3, segmentsDone: 1, framesDone: 14, framesSampled: 30 });
    expect(screen?.framesPerSecond).toBeGreaterThan(3);
    expect(screen?.framesPerSecond).toBeLessThanOrEqual(7);
  });

  it('does not count the speed of an earlier run', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 2);
    await failAnalysis(sql, analysis.id, analysis.run, FAILURE);
    await retryAnalysis(sql, analysis.id);
    expect(await getAnalysisScreen(sql, analysis.id)).toMatchObject({
      segmentsDone: 2,
      framesDone: 20,
      framesPerSecond: null,
    });
  });

  it('shows what the default assessment says', async () => {
    const analysis = await createAnalyzing(sql, 1);
    await finishSegments(sql, analysis, 1);
    await markReporting(sql, analysis.id, analysis.run);
    const claim = await claimAssessment(sql, analysis.assessmentId, { maxAttempts: 1 });
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    const saved = savedAssessment();
    await saveAssessment(sql, analysis.assessmentId, claim.epoch, saved);
    await completeAnalysis(sql, analysis.id, analysis.run, 'completed');
    expect(await getAnalysisScreen(sql, analysis.id)).toMatchObject({
      status: 'completed',
      assessmentId: analysis.assessmentId,
      assessmentStatus: 'completed',
      summary: saved.summary,
    });
  });
});

describe('listAnalyses', () => {
  it('filters by state, tag and words, taken literally', async () => {
    const tag = 'filter-tag';
    const wanted = await createQueued(sql, { name: '100% Gate_A', tag });
    const failed = await createQueued(sql, { name: 'Halle Süd', tag });
    await failAnalysis(sql, failed.id, failed.run, FAILURE);
    await createQueued(sql, { name: '100x GateXA', tag });
    expect(await walk({ limit: 10, tag, search: '0% gate_a' })).toEqual([wanted.id]);
    expect(await walk({ limit: 10, tag, search: 'SÜD' })).toEqual([failed.id]);
    expect(await walk({ limit: 10, tag, status: 'failed' })).toEqual([failed.id]);
    expect(await walk({ limit: 10, tag, status: ['failed', 'queued'] })).toHaveLength(3);
    expect(await walk({ limit: 10, tag: 'filter' })).toEqual([]);
  });

  it('refuses a foreign cursor', async () => {
    await expect(listAnalyses(sql, { limit: 1, cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('walks through rows of one and the same millisecond without losing one', async () => {
    const createdAt = new Date();
    const rows = await Promise.all(Array.from({ length: 25 }, () => createQueued(sql, { tag: 'same-ms', createdAt })));
    const ids = await walk({ tag: 'same-ms', limit: 4 });
    expect(ids).toEqual(
      rows
        .map((row) => row.id)
        .sort()
        .reverse(),
    );
  });
});

describe('with ten thousand analyses', () => {
  const COUNT = 10_000;
  let bulk: TestDatabase;
  beforeAll(async () => {
    bulk = await createTestDatabase();
    await bulk.sql`
      insert into analyses (id, name, tag, video_url, settings, status, created_at)
      select 'an_' || lpad(to_hex(number), 12, '0'), 'Video ' || number, 'tag-' || number % 7, 'https://v.example.com/a.mp4',
        ${bulk.sql.json(SETTINGS)}, case when number % 4 = 0 then 'failed' else 'queued' end,
        now() - number * interval '1 second'
      from generate_series(1, ${COUNT}) as number`;
    await bulk.sql`
      insert into segments (analysis_id, segment_index, run, frame_lo, frame_hi, first_sampled_frame, sampled_count)
      select id, part, 1, part * 50, part * 50 + 50, part * 50, 10 from analyses cross join generate_series(0, 4) as part`;
    await bulk.sql`analyze`;
  });
  afterAll(() => bulk.drop());

  it.each<[string, Omit<AnalysisFilter, 'limit'>]>([
    ['all', {}],
    ['of one state', { status: 'failed' }],
    ['with a word that is rare', { search: 'video 9999' }],
  ])('lists a page of %s quickly, at the beginning and in the middle', async (_what, filter) => {
    let cursor: string | undefined;
    const times: number[] = [];
    for (let page = 0; page < 8; page += 1) {
      const startedMs = performance.now();
      const { items, nextCursor } = await listAnalyses(bulk.sql, {
        ...filter,
        limit: 50,
        ...(cursor === undefined ? {} : { cursor }),
      });
      times.push(performance.now() - startedMs);
      expect(items.length).toBeGreaterThan(0);
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    // 5 to 15 ms on an idle machine.
    expect(Math.min(...times)).toBeLessThan(150);
  });

  it('pages by index, not by sorting', async () => {
    const plan = await bulk.sql<{ queryPlan: string }[]>`
      explain select * from analyses
      where (analyses.created_at, analyses.id) < (now() - interval '1 hour', 'an_x')
      order by analyses.created_at desc, analyses.id desc limit 51`;
    const text = plan.map((row) => Object.values(row).join(' ')).join('\n');
    expect(text).toContain('analyses_created');
    expect(text).not.toContain('Sort');
  });

  it('shows every analysis once', async () => {
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await listAnalyses(bulk.sql, { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      for (const item of page.items) seen.add(item.id);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.size).toBe(COUNT);
  });

  it('takes another one as fast as the first, triggers included', async () => {
    const times: number[] = [];
    for (let index = 0; index < 100; index += 1) {
      const startedMs = performance.now();
      await createQueued(bulk.sql, { apiKeyId: 'bulk' });
      times.push(performance.now() - startedMs);
    }
    times.sort((a, b) => a - b);
    // 1 ms on an idle machine.
    expect(times[50]).toBeLessThan(50);
  });

  it('counts states and backlog quickly', async () => {
    const startedMs = performance.now();
    const stats = await getStats(bulk.sql);
    const capacity = await getCapacity(bulk.sql);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(stats.analyses).toMatchObject({ failed: 2_500 });
    expect(capacity.analysesWithUnknownLength).toBe(capacity.activeAnalyses);
  });
});

describe('figures of the whole installation', () => {
  let own: TestDatabase;
  beforeAll(async () => {
    own = await createTestDatabase();
  });
  afterAll(() => own.drop());

  it('are zero and unknown when nothing has happened', async () => {
    expect(await getStats(own.sql)).toEqual({ analyses: {}, workers: 0 });
    expect(await getCapacity(own.sql)).toEqual({
      workers: 0,
      activeAnalyses: 0,
      backlogVideoMs: 0,
      analysesWithUnknownLength: 0,
      throughputVideoSecondsPerSecond: null,
    });
    expect(await measureFrameCost(own.sql, { modelId: 'ppe-yolov8n', imageSize: 480 })).toBeUndefined();
  });

  it('follow the work', async () => {
    const analysis = await createAnalyzing(own.sql, 4);
    await createQueued(own.sql);
    await finishSegments(own.sql, analysis, 1);
    await own.sql`
      update segments set claimed_at = finished_at - interval '1 second'
      where analysis_id = ${analysis.id} and status = 'done'`;
    const worker = {
      id: 'w1',
      host: 'h',
      pid: 1,
      roles: ['segment'],
      version: '1',
      framesAnalyzed: 1,
      busyMs: 1,
      rssBytes: 1,
    };
    await upsertWorkerHeartbeat(own.sql, worker);
    // 12 s of video, a quarter of it done in one second.
    expect(await getCapacity(own.sql)).toEqual({
      workers: 1,
      activeAnalyses: 2,
      backlogVideoMs: 9_000,
      analysesWithUnknownLength: 1,
      throughputVideoSecondsPerSecond: 3,
    });
    expect(await getStats(own.sql)).toEqual({ analyses: { queued: 1, analyzing: 1 }, workers: 1 });
    expect(await measureFrameCost(own.sql, { modelId: 'ppe-yolov8n', imageSize: 480 })).toBe(3);
    expect(await measureFrameCost(own.sql, { modelId: 'ppe-yolov8n', imageSize: 640 })).toBeUndefined();
  });
});
