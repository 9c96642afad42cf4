import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginIngest,
  countActive,
  deleteAnalysis,
  failAnalysis,
  findAnalysis,
  getAnalysis,
  insertAnalysis,
  isSourceShared,
  requestCancel,
  retryAnalysis,
  saveDownloadProgress,
  savePlan,
  saveSource,
} from '../../../src/db/analyses.js';

import { listEvents } from '../../../src/db/events.js';
import { getFrameIndex } from '../../../src/db/frame-indexes.js';
import { commitSegment, listSegments } from '../../../src/db/segments.js';
import type { Sql } from '../../../src/db/client.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  claimed,
  createAnalyzing,
  createQueued,
  FAILURE,
  finishSegments,
  framesOf,
  keyOf,
  MODEL,
  newAnalysis,
  planOf,
  SOURCE,
} from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

async function kindsOf(id: string): Promise<string[]> {
  return (await listEvents(sql, id)).map((event) => event.kind);
}

describe('insertAnalysis', () => {
  it('keeps what it was given, with defaults for the rest', async () => {
    const recordedAt = '2026-03-01T06:00:00+01:00';
    const given = newAnalysis({
      tag: 'site-north',
      priority: 'high',
      recordedAt,
      callbackUrl: 'https://h.example.com/',
    });
    const { row, created } = await insertAnalysis(sql, given);
    expect(created).toBe(true);
    expect(row).toMatchObject({ ...given, run: 1, status: 'queued', bytesDone: null, model: null, error: null });
    expect(row.createdAt).toBeInstanceOf(Date);
    expect(await getAnalysis(sql, given.id)).toEqual(row);
    expect(await kindsOf(given.id)).toEqual(['created']);
  });

  it('makes one row of 50 requests at once with one idempotency key', async () => {
    const requests = Array.from({ length: 50 }, () =>
      insertAnalysis(sql, newAnalysis({ idempotencyKey: 'fifty', requestHash: 'h', apiKeyId: 'k' })),
    );
    const answers = await Promise.all(requests);
    expect(new Set(answers.map((answer) => answer.row.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    expect(await sql`select id from analyses where idempotency_key = 'fifty'`).toHaveLength(1);
  });

  it('tells the same key for another request apart, and keys of other callers', async () => {
    await createQueued(sql, { idempotencyKey: 'same', requestHash: 'one' });
    await expect(
      insertAnalysis(sql, newAnalysis({ idempotencyKey: 'same', requestHash: 'two' })),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' });
    const other = await insertAnalysis(
      sql,
      newAnalysis({ idempotencyKey: 'same', requestHash: 'two', apiKeyId: 'k2' }),
    );
    expect(other.created).toBe(true);
  });

  it('frees the key with the deletion of its analysis', async () => {
    const first = await createQueued(sql, { idempotencyKey: 'again', requestHash: 'h' });
    await deleteAnalysis(sql, first.id);
    const second = await insertAnalysis(sql, newAnalysis({ idempotencyKey: 'again', requestHash: 'h' }));
    expect(second.created).toBe(true);
    expect(second.row.id).not.toBe(first.id);
  });

  it('refuses a NUL character, which no column can hold, as a bad request', async () => {
    await expect(insertAnalysis(sql, newAnalysis({ name: 'a\u0000b' }))).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const settings = { ...newAnalysis().settings, modelId: 'a\u0000b' };
    await expect(insertAnalysis(sql, newAnalysis({ settings }))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('counts unfinished analyses per API key', async () => {
    const before = await countActive(sql, 'count-me');
    const { id, run } = await createQueued(sql, { apiKeyId: 'count-me' });
    await createQueued(sql, { apiKeyId: 'count-me' });
    expect(await countActive(sql, 'count-me')).toBe(before + 2);
    await failAnalysis(sql, id, run, FAILURE);
    expect(await countActive(sql, 'count-me')).toBe(before + 1);
    expect(await countActive(sql, null)).toBeGreaterThan(0);
  });

  it('says what is not there', async () => {
    expect(await findAnalysis(sql, 'an_none')).toBeUndefined();
    await expect(getAnalysis(sql, 'an_none')).rejects.toMatchObject({ code: 'analysis_not_found' });
  });
});

describe('ingest', () => {
  it('begins once for the audit and any number of times for a job that starts over', async () => {
    const { id, run } = await createQueued(sql);
    const first = await beginIngest(sql, id, run);
    expect(first).toMatchObject({ status: 'downloading' });
    expect(first?.startedAt).toBeInstanceOf(Date);
    const again = await beginIngest(sql, id, run);
    expect(again?.startedAt).toEqual(first?.startedAt);
    expect(await kindsOf(id)).toEqual(['created', 'downloading']);
    expect(await beginIngest(sql, id, run + 1)).toBeUndefined();
    expect(await saveSource(sql, id, run, SOURCE)).toMatchObject({ status: 'probing', sourceSha256: SOURCE.sha256 });
    expect(await beginIngest(sql, id, run)).toMatchObject({ status: 'probing' });
    expect(await saveSource(sql, id, run, SOURCE)).toMatchObject({ status: 'probing', bytesDone: SOURCE.sizeBytes });
    expect(await kindsOf(id)).toEqual(['created', 'downloading', 'probing']);
  });

  it('keeps download progress beyond 32 bits and says when it has become pointless', async () => {
    const { id, run } = await createQueued(sql);
    expect(await saveDownloadProgress(sql, id, run, 1, 2)).toBe(false);
    await beginIngest(sql, id, run);
    expect(await saveDownloadProgress(sql, id, run, 5_000_000_000, 10_000_000_000)).toBe(true);
    expect(await getAnalysis(sql, id)).toMatchObject({ bytesDone: 5_000_000_000, bytesTotal: 10_000_000_000 });
    expect(await saveDownloadProgress(sql, id, run, 6_000_000_000, null)).toBe(true);
    await requestCancel(sql, id);
    expect(await saveDownloadProgress(sql, id, run, 1, null)).toBe(false);
  });

  it('saves probe, index, segments and default assessment together', async () => {
    const { id, run } = await createQueued(sql, {
      settings: { ...newAnalysis().settings, everyNFrames: null, sampleFps: 5 },
    });
    await beginIngest(sql, id, run);
    await saveSource(sql, id, run, SOURCE);
    const plan = planOf(4);
    const saved = await savePlan(sql, id, run, plan);
    expect(saved).toMatchObject({ assessmentId: plan.assessmentId, openSegmentIndexes: [0, 1, 2, 3] });
    expect(saved?.row).toMatchObject({
      status: 'analyzing',
      sourceProbe: plan.probe,
      model: MODEL,
      framesExpected: 200,
      framesSampled: 40,
      settings: { everyNFrames: 5, sampleFps: 5 },
    });
    const index = await getFrameIndex(sql, id);
    expect(index).toEqual(plan.index);
    expect((await listSegments(sql, id)).map((segment) => [segment.frameLo, segment.frameHi])).toEqual([
      [0, 50],
      [50, 100],
      [100, 150],
      [150, 200],
    ]);
  });

  it('plans again without losing finished segments, nor the assessment', async () => {
    const analysis = await createAnalyzing(sql, 3);
    const key = keyOf(analysis, 1);
    await commitSegment(sql, key, await claimed(sql, key), { frames: framesOf(1), decodeMs: 1, inferenceMs: 1 });
    const again = await savePlan(sql, analysis.id, analysis.run, planOf(3));
    expect(again).toMatchObject({ assessmentId: analysis.assessmentId, openSegmentIndexes: [0, 2] });
  });

  it('keeps the old cut when only the target size of segments changed', async () => {
    const analysis = await createAnalyzing(sql, 4);
    const whole = [{ segmentIndex: 0, frameLo: 0, frameHi: 200, firstSampledFrame: 0, sampledCount: 40 }];
    const again = await savePlan(sql, analysis.id, analysis.run, planOf(4, { segments: whole }));
    expect(again?.openSegmentIndexes).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['sampling', { everyNFrames: 10 }],
    ['model', { model: { ...MODEL, sha256: 'f'.repeat(64) } }],
    ['frame index', { index: planOf(2).index }],
  ])('starts from nothing when the %s is another', async (_what, changes) => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 3);
    const again = await savePlan(sql, analysis.id, analysis.run, planOf(3, changes));
    expect(again?.openSegmentIndexes).toEqual([0, 1, 2]);
    expect(await sql`select from sampled_frames where analysis_id = ${analysis.id}`).toHaveLength(0);
    expect(await sql`select from detections where analysis_id = ${analysis.id}`).toHaveLength(0);
  });

  it('forgets what was found on another file', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 2);
    await failAnalysis(sql, analysis.id, analysis.run, FAILURE);
    const { run } = await retryAnalysis(sql, analysis.id);
    await beginIngest(sql, analysis.id, run);
    await saveSource(sql, analysis.id, run, { ...SOURCE, sha256: 'd'.repeat(64) });
    expect(await listSegments(sql, analysis.id)).toHaveLength(0);
    const saved = await savePlan(sql, analysis.id, run, planOf(3));
    expect(saved?.openSegmentIndexes).toEqual([0, 1, 2]);
  });

  it('knows which stored file is shared', async () => {
    const key = 'uploads/up_shared';
    const [first, second] = [await createQueued(sql), await createQueued(sql)];
    for (const { id, run } of [first, second]) {
      await beginIngest(sql, id, run);
      await saveSource(sql, id, run, { ...SOURCE, key });
    }
    expect(await isSourceShared(sql, key, first.id)).toBe(true);
    await deleteAnalysis(sql, second.id);
    expect(await isSourceShared(sql, key, first.id)).toBe(false);
  });
});
