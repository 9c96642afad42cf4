import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginIngest,
  completeAnalysis,
  deleteAnalysis,
  failAnalysis,
  findAnalysis,
  finishCancel,
  getAnalysis,
  markReporting,
  requestCancel,
  retryAnalysis,
  savePlan,
  saveSource,
} from '../../../src/db/analyses.js';
import { claimAssessment, saveAssessment } from '../../../src/db/assessments.js';
import { insertDelivery } from '../../../src/db/deliveries.js';
import { listEvents } from '../../../src/db/events.js';

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
