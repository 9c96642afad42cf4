import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginIngest,
  completeAnalysis,
  countActive,
  deleteAnalysis,
  failAnalysis,
  findAnalysis,
  finishCancel,
  getAnalysis,
  insertAnalysis,
  isSourceShared,
  markReporting,
  requestCancel,
  retryAnalysis,
  saveDownloadProgress,
  savePlan,
  saveSource,
} from '../../../src/db/analyses.js';
import { claimAssessment, saveAssessment } from '../../../src/db/assessments.js';
import { insertDelivery } from '../../../src/db/deliveries.js';
import { listEvents } from '../../../src/db/events.js';
import { getFrameIndex } from '../../../src/db/frame-indexes.js';
import { claimSegment, commitSegment, heartbeatSegment, listSegments } from '../../../src/db/segments.js';
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
  savedAssessment,
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

describe('the end of an analysis', () => {
  it('is reported only when every segment is done', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 2);
    await expect(markReporting(sql, analysis.id, analysis.run)).rejects.toMatchObject({
      code: 'invalid_state',
      retryable: true,
      details: { openSegments: 1 },
    });
    const key = keyOf(analysis, 2);
    await commitSegment(sql, key, await claimed(sql, key), { frames: framesOf(2), decodeMs: 1, inferenceMs: 1 });
    expect(await markReporting(sql, analysis.id, analysis.run)).toMatchObject({ status: 'reporting' });
    expect(await markReporting(sql, analysis.id, analysis.run)).toMatchObject({ status: 'reporting' });
    expect(await markReporting(sql, analysis.id, 7)).toBeUndefined();
    const done = await completeAnalysis(sql, analysis.id, analysis.run, 'completed_partial');
    expect(done).toMatchObject({ status: 'completed_partial', error: null });
    expect(done.finishedAt).toBeInstanceOf(Date);
    expect((await kindsOf(analysis.id)).slice(-2)).toEqual(['reporting', 'completed_partial']);
    await expect(completeAnalysis(sql, analysis.id, analysis.run, 'completed')).rejects.toMatchObject({
      code: 'fenced_out',
    });
  });

  it('fails only what is active, and takes the segments from their workers', async () => {
    const analysis = await createAnalyzing(sql, 2);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    expect(await failAnalysis(sql, analysis.id, analysis.run + 1, FAILURE)).toBeUndefined();
    expect(await failAnalysis(sql, analysis.id, analysis.run, FAILURE)).toMatchObject({
      status: 'failed',
      error: FAILURE,
    });
    expect(await failAnalysis(sql, analysis.id, analysis.run, FAILURE)).toBeUndefined();
    expect(await heartbeatSegment(sql, key, epoch, 1)).toBe('cancelled');
    await expect(
      commitSegment(sql, key, epoch, { frames: framesOf(0), decodeMs: 1, inferenceMs: 1 }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('cancel', () => {
  it('ends a waiting analysis at once', async () => {
    const { id, run } = await createQueued(sql);
    expect(await requestCancel(sql, id)).toMatchObject({ status: 'cancelled' });
    expect(await beginIngest(sql, id, run)).toBeUndefined();
    expect(await finishCancel(sql, id, run)).toBeUndefined();
    expect(await kindsOf(id)).toEqual(['created', 'cancel_requested', 'cancelled']);
  });

  it('wins over everything that a job may still do while downloading', async () => {
    const { id, run } = await createQueued(sql);
    await beginIngest(sql, id, run);
    const asked = await requestCancel(sql, id);
    expect(asked.status).toBe('downloading');
    expect(asked.cancelRequestedAt).toBeInstanceOf(Date);
    expect(await saveSource(sql, id, run, SOURCE)).toBeUndefined();
    expect(await savePlan(sql, id, run, planOf(1))).toBeUndefined();
    expect(await failAnalysis(sql, id, run, FAILURE)).toBeUndefined();
    expect(await requestCancel(sql, id)).toEqual(asked);
    expect(await finishCancel(sql, id, run)).toMatchObject({ status: 'cancelled' });
    expect(await finishCancel(sql, id, run)).toBeUndefined();
    expect((await kindsOf(id)).slice(-2)).toEqual(['cancel_requested', 'cancelled']);
  });

  it('wins while probing', async () => {
    const { id, run } = await createQueued(sql);
    await beginIngest(sql, id, run);
    await saveSource(sql, id, run, SOURCE);
    await requestCancel(sql, id);
    expect(await savePlan(sql, id, run, planOf(1))).toBeUndefined();
    expect(await finishCancel(sql, id, run)).toMatchObject({ status: 'cancelled' });
  });

  it('wins over segments', async () => {
    const analysis = await createAnalyzing(sql, 2);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await requestCancel(sql, analysis.id);
    expect(await heartbeatSegment(sql, key, epoch, 3)).toBe('cancelled');
    await expect(
      commitSegment(sql, key, epoch, { frames: framesOf(0), decodeMs: 1, inferenceMs: 1 }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(await claimSegment(sql, { ...keyOf(analysis, 1), workerId: 'w', maxAttempts: 5 })).toEqual({
      kind: 'inactive',
    });
    expect(await finishCancel(sql, analysis.id, analysis.run)).toMatchObject({ status: 'cancelled' });
    expect((await listSegments(sql, analysis.id)).map((segment) => segment.status)).toEqual(['pending', 'pending']);
  });

  it('wins over a report that is being written', async () => {
    const analysis = await createAnalyzing(sql, 1);
    await finishSegments(sql, analysis, 1);
    await markReporting(sql, analysis.id, analysis.run);
    const claim = await claimAssessment(sql, analysis.assessmentId, { maxAttempts: 3 });
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    await requestCancel(sql, analysis.id);
    const save = sql.begin(async (tx) => {
      await saveAssessment(tx, analysis.assessmentId, claim.epoch, savedAssessment());
      await completeAnalysis(tx, analysis.id, analysis.run, 'completed');
    });
    await expect(save).rejects.toMatchObject({ code: 'cancelled' });
    expect(await sql`select from violations where assessment_id = ${analysis.assessmentId}`).toHaveLength(0);
    expect(await finishCancel(sql, analysis.id, analysis.run)).toMatchObject({ status: 'cancelled' });
  });

  it('changes nothing about what has ended', async () => {
    const analysis = await createAnalyzing(sql, 1);
    const failed = await failAnalysis(sql, analysis.id, analysis.run, FAILURE);
    expect(await requestCancel(sql, analysis.id)).toEqual(failed);
    await expect(requestCancel(sql, 'an_none')).rejects.toMatchObject({ code: 'analysis_not_found' });
  });

  it('and completion exclude each other', async () => {
    for (let round = 0; round < 10; round += 1) {
      const analysis = await createAnalyzing(sql, 1);
      await finishSegments(sql, analysis, 1);
      await markReporting(sql, analysis.id, analysis.run);
      const [cancel, completion] = await Promise.allSettled([
        requestCancel(sql, analysis.id),
        completeAnalysis(sql, analysis.id, analysis.run, 'completed'),
      ]);
      const { status, cancelRequestedAt } = await getAnalysis(sql, analysis.id);
      expect(cancel.status).toBe('fulfilled');
      if (completion.status === 'fulfilled')
        expect({ status, cancelRequestedAt }).toEqual({ status: 'completed', cancelRequestedAt: null });
      else expect(status).toBe('reporting');
    }
  });
});

describe('retry', () => {
  it('keeps finished segments and starts the others over in a new run', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 1);
    const lateKey = keyOf(analysis, 1);
    const lateEpoch = await claimed(sql, lateKey);
    await failAnalysis(sql, analysis.id, analysis.run, FAILURE);
    const row = await retryAnalysis(sql, analysis.id);
    expect(row).toMatchObject({ run: 2, status: 'queued', error: null, startedAt: null, finishedAt: null });
    const segments = await listSegments(sql, analysis.id);
    expect(segments.map(({ status, attempts, run }) => ({ status, attempts, run }))).toEqual([
      { status: 'done', attempts: 1, run: 2 },
      { status: 'pending', attempts: 0, run: 2 },
      { status: 'pending', attempts: 0, run: 2 },
    ]);
    const again = { id: analysis.id, run: 2 };
    await beginIngest(sql, again.id, 2);
    await saveSource(sql, again.id, 2, SOURCE);
    const saved = await savePlan(sql, again.id, 2, planOf(3));
    expect(saved).toMatchObject({ assessmentId: analysis.assessmentId, openSegmentIndexes: [1, 2] });
    await expect(
      commitSegment(sql, lateKey, lateEpoch, { frames: framesOf(1), decodeMs: 1, inferenceMs: 1 }),
    ).rejects.toMatchObject({ code: 'fenced_out' });
    expect(await claimSegment(sql, { ...lateKey, workerId: 'late', maxAttempts: 5 })).toEqual({ kind: 'inactive' });
    expect(await claimSegment(sql, { ...keyOf(again, 0), workerId: 'w', maxAttempts: 5 })).toEqual({ kind: 'done' });
    expect(await claimSegment(sql, { ...keyOf(again, 1), workerId: 'w', maxAttempts: 5 })).toMatchObject({
      attempt: 1,
    });
  });

  it('brings a cancelled analysis back and clears the request', async () => {
    const analysis = await createAnalyzing(sql, 1);
    await requestCancel(sql, analysis.id);
    await expect(retryAnalysis(sql, analysis.id)).rejects.toMatchObject({ code: 'invalid_state' });
    await finishCancel(sql, analysis.id, analysis.run);
    expect(await retryAnalysis(sql, analysis.id)).toMatchObject({ run: 2, cancelRequestedAt: null, status: 'queued' });
    expect(await beginIngest(sql, analysis.id, 1)).toBeUndefined();
    expect(await beginIngest(sql, analysis.id, 2)).toMatchObject({ status: 'downloading' });
    expect((await kindsOf(analysis.id)).slice(-3)).toEqual(['cancelled', 'retried', 'downloading']);
  });

  it('lets one of two retries through', async () => {
    const analysis = await createAnalyzing(sql, 1);
    await failAnalysis(sql, analysis.id, analysis.run, FAILURE);
    const results = await Promise.allSettled([retryAnalysis(sql, analysis.id), retryAnalysis(sql, analysis.id)]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await getAnalysis(sql, analysis.id)).toMatchObject({ run: 2 });
  });

  it('refuses what is not there or has not failed', async () => {
    await expect(retryAnalysis(sql, 'an_none')).rejects.toMatchObject({ code: 'analysis_not_found' });
    const { id } = await createQueued(sql);
    await expect(retryAnalysis(sql, id)).rejects.toMatchObject({
      code: 'invalid_state',
      details: { status: 'queued' },
    });
  });
});

describe('delete', () => {
  it('erases everything but the audit and says how much it was', async () => {
    const analysis = await createAnalyzing(sql, 3);
    await finishSegments(sql, analysis, 3);
    await markReporting(sql, analysis.id, analysis.run);
    const claim = await claimAssessment(sql, analysis.assessmentId, { maxAttempts: 3 });
    if (claim.kind !== 'claimed') throw new Error(claim.kind);
    await saveAssessment(sql, analysis.assessmentId, claim.epoch, savedAssessment());
    await insertDelivery(sql, {
      id: 'dl_1',
      analysisId: analysis.id,
      eventType: 'analysis.completed',
      url: 'https://h.example.com',
      payload: '{}',
    });
    const receipt = {
      segments: 3,
      sampledFrames: 30,
      detections: 81,
      assessments: 1,
      tracks: 1,
      observations: 2,
      violations: 1,
      evidence: 1,
      deliveries: 1,
    };
    expect(await deleteAnalysis(sql, analysis.id)).toEqual(receipt);
    expect(await findAnalysis(sql, analysis.id)).toBeUndefined();
    const events = await listEvents(sql, analysis.id);
    expect(events.at(-1)).toMatchObject({ kind: 'deleted', detail: receipt });
    expect(events.length).toBeGreaterThan(4);
    expect(await deleteAnalysis(sql, analysis.id)).toBeUndefined();
  });

  it('stops workers that are at it', async () => {
    const analysis = await createAnalyzing(sql, 2);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await deleteAnalysis(sql, analysis.id);
    expect(await heartbeatSegment(sql, key, epoch, 1)).toBe('cancelled');
    await expect(
      commitSegment(sql, key, epoch, { frames: framesOf(0), decodeMs: 1, inferenceMs: 1 }),
    ).rejects.toMatchObject({ code: 'fenced_out' });
    expect(await sql`select from detections where analysis_id = ${analysis.id}`).toHaveLength(0);
    expect(await claimAssessment(sql, analysis.assessmentId, { maxAttempts: 3 })).toEqual({ kind: 'inactive' });
  });

  it('does not block with commits and reports that run at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const analysis = await createAnalyzing(sql, 3);
      const epochs = [];
      for (const segmentIndex of [0, 1, 2]) epochs.push(await claimed(sql, keyOf(analysis, segmentIndex)));
      const commits = epochs.map((epoch, segmentIndex) =>
        commitSegment(sql, keyOf(analysis, segmentIndex), epoch, {
          frames: framesOf(segmentIndex),
          decodeMs: 1,
          inferenceMs: 1,
        }),
      );
      const [receipt, ...results] = await Promise.allSettled([deleteAnalysis(sql, analysis.id), ...commits]);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'fenced_out' });
      const written = results.filter((result) => result.status === 'fulfilled').length;
      expect(receipt).toMatchObject({ status: 'fulfilled', value: { detections: 27 * written } });
      expect(await sql`select from detections where analysis_id = ${analysis.id}`).toHaveLength(0);
    }
  });
});
