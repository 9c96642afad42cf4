import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeAnalysis, deleteAnalysis, markReporting, requestCancel } from '../../../src/db/analyses.js';
import {
  claimAssessment,
  failAssessment,
  findDefaultAssessment,
  findEvidence,
  getAssessment,
  getReport,
  heartbeatAssessment,
  insertAssessment,
  listAssessments,
  listEvidence,
  releaseAssessment,
  saveAssessment,
} from '../../../src/db/assessments.js';
import type { Sql } from '../../../src/db/client.js';
import { listViolations } from '../../../src/db/violations.js';
import { newId } from '../../../src/shared/ids.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { createAnalyzing, FAILURE, finishSegments, RULES, savedAssessment } from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

async function createReporting() {
  const analysis = await createAnalyzing(sql, 1);
  await finishSegments(sql, analysis, 1);
  await markReporting(sql, analysis.id, analysis.run);
  return analysis;
}

async function createCompleted() {
  const analysis = await createReporting();
  await saveAssessment(sql, analysis.assessmentId, await claimedEpoch(analysis.assessmentId), savedAssessment());
  await completeAnalysis(sql, analysis.id, analysis.run, 'completed');
  return analysis;
}

async function claimedEpoch(id: string): Promise<number> {
  const claim = await claimAssessment(sql, id, { maxAttempts: 5 });
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  return claim.epoch;
}

describe('the default assessment', () => {
  it('is saved whole, with the report byte by byte', async () => {
    const { id, assessmentId } = await createReporting();
    expect(await getReport(sql, assessmentId)).toBeUndefined();
    const report = '{"a":1,\n "b":"\u00e4\ud83d\ude42"}\n';
    const saved = savedAssessment({ report });
    await saveAssessment(sql, assessmentId, await claimedEpoch(assessmentId), saved);
    const row = await findDefaultAssessment(sql, id);
    expect(row).toMatchObject({
      id: assessmentId,
      isDefault: true,
      status: 'completed',
      rules: RULES,
      summary: saved.summary,
    });
    expect(row).not.toHaveProperty('report');
    expect(await getReport(sql, assessmentId)).toBe(report);
    expect(await listViolations(sql, assessmentId)).toEqual([
      {
        assessmentId,
        number: 1,
        trackId: 1,
        item: 'helmet',
        zone: null,
        startMs: 500,
        endMs: 1_000,
        confidence: 0.75,
        reason: 'missing_class_detected',
        evidenceKey: saved.evidence[0]?.storageKey,
        evidencePtsMs: 800,
        evidenceSha256: 'c'.repeat(64),
      },
    ]);
    expect(await findEvidence(sql, assessmentId, 1)).toMatchObject({ sizeBytes: 12_345, frameIndex: 20 });
    expect(await findEvidence(sql, assessmentId, 2)).toBeUndefined();
    expect(await listEvidence(sql, assessmentId)).toHaveLength(1);
    const observations =
      await sql`select status from observations where assessment_id = ${assessmentId} order by start_ms`;
    expect(observations.map((observation) => observation['status'] as string)).toEqual(['worn', 'missing']);
  });

  it('cannot be claimed before the segments, after a cancel, or when it is done', async () => {
    const cancelled = await createReporting();
    await requestCancel(sql, cancelled.id);
    expect(await claimAssessment(sql, cancelled.assessmentId, { maxAttempts: 5 })).toEqual({ kind: 'inactive' });
    const done = await createCompleted();
    expect(await claimAssessment(sql, done.assessmentId, { maxAttempts: 5 })).toEqual({ kind: 'done' });
    expect(await claimAssessment(sql, 'as_none', { maxAttempts: 5 })).toEqual({ kind: 'inactive' });
  });

  it('is written by the last claim only', async () => {
    const { assessmentId } = await createReporting();
    const late = await claimedEpoch(assessmentId);
    const quick = await claimedEpoch(assessmentId);
    await expect(saveAssessment(sql, assessmentId, late, savedAssessment())).rejects.toMatchObject({
      code: 'fenced_out',
    });
    await saveAssessment(sql, assessmentId, quick, savedAssessment());
    await saveAssessment(sql, assessmentId, quick, savedAssessment({ report: 'other' }));
    expect(await getReport(sql, assessmentId)).toBe(savedAssessment().report);
    await expect(saveAssessment(sql, assessmentId, late, savedAssessment())).rejects.toMatchObject({
      code: 'fenced_out',
    });
  });

  it('replaces what an attempt that died later had written', async () => {
    const { assessmentId } = await createReporting();
    await saveAssessment(sql, assessmentId, await claimedEpoch(assessmentId), savedAssessment());
    await sql`update assessments set status = 'running' where id = ${assessmentId}`;
    const none = savedAssessment();
    const result = { ...none.result, tracks: [], observations: [], violations: [] };
    await saveAssessment(sql, assessmentId, await claimedEpoch(assessmentId), { ...none, result, evidence: [] });
    expect(await listViolations(sql, assessmentId)).toEqual([]);
    expect(await sql`select from tracks where assessment_id = ${assessmentId}`).toHaveLength(0);
  });

  it('is given up after so many attempts', async () => {
    const { assessmentId } = await createReporting();
    const first = await claimedEpoch(assessmentId);
    expect(await failAssessment(sql, assessmentId, first, FAILURE, { final: false })).toBe(true);
    expect(await failAssessment(sql, assessmentId, first, FAILURE, { final: false })).toBe(false);
    const exhausted = { kind: 'exhausted', attempts: 1, error: FAILURE };
    expect(await claimAssessment(sql, assessmentId, { maxAttempts: 1 })).toEqual(exhausted);
    expect(await getAssessment(sql, assessmentId)).toMatchObject({ status: 'failed', error: FAILURE });
    expect(await claimAssessment(sql, assessmentId, { maxAttempts: 9 })).toEqual(exhausted);
  });

  it('can end with an error at once', async () => {
    const { assessmentId } = await createReporting();
    const epoch = await claimedEpoch(assessmentId);
    expect(await failAssessment(sql, assessmentId, epoch, FAILURE, { final: true })).toBe(true);
    expect(await claimAssessment(sql, assessmentId, { maxAttempts: 9 })).toMatchObject({ kind: 'exhausted' });
  });

  it('is not taken from a worker that lives, but from one that is silent', async () => {
    const { assessmentId } = await createReporting();
    const limits = { maxAttempts: 5, takeOverAfterMs: 60_000 };
    const first = await claimedEpoch(assessmentId);
    expect(await claimAssessment(sql, assessmentId, limits)).toEqual({ kind: 'held' });
    expect(await heartbeatAssessment(sql, assessmentId, first)).toBe(true);
    await sql`update assessments set heartbeat_at = now() - interval '2 minutes' where id = ${assessmentId}`;
    expect(await claimAssessment(sql, assessmentId, limits)).toMatchObject({ kind: 'claimed', attempt: 2 });
    expect(await heartbeatAssessment(sql, assessmentId, first)).toBe(false);
  });

  it('is handed back without counting the attempt', async () => {
    const { assessmentId } = await createReporting();
    expect(await releaseAssessment(sql, assessmentId, await claimedEpoch(assessmentId))).toBe(true);
    const limits = { maxAttempts: 1, takeOverAfterMs: 60_000 };
    expect(await claimAssessment(sql, assessmentId, limits)).toMatchObject({ kind: 'claimed', attempt: 1, epoch: 2 });
  });
});

describe('a re-score', () => {
  it('lives beside the default assessment of a finished analysis', async () => {
    const { id, assessmentId } = await createCompleted();
    const rules = { ...RULES, minConfidence: 0.6 };
    const row = await insertAssessment(sql, { id: newId('as'), analysisId: id, rules });
    expect(row).toMatchObject({ isDefault: false, status: 'pending', rules });
    await saveAssessment(sql, row.id, await claimedEpoch(row.id), savedAssessment({ report: 'second' }));
    expect((await listAssessments(sql, id)).map((assessment) => assessment.id)).toEqual([assessmentId, row.id]);
    expect(await getReport(sql, row.id)).toBe('second');
    expect(await getReport(sql, assessmentId)).toBe(savedAssessment().report);
  });

  it('waits for the end of the analysis', async () => {
    const { id } = await createReporting();
    const row = await insertAssessment(sql, { id: newId('as'), analysisId: id, rules: RULES });
    expect(await claimAssessment(sql, row.id, { maxAttempts: 5 })).toEqual({ kind: 'inactive' });
  });

  it('is found under its own analysis only', async () => {
    const { id, assessmentId } = await createCompleted();
    expect(await getAssessment(sql, assessmentId, id)).toMatchObject({ analysisId: id });
    await expect(getAssessment(sql, assessmentId, 'an_other')).rejects.toMatchObject({ code: 'assessment_not_found' });
  });

  it('cannot be saved once the analysis is deleted, and does not block the deletion', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await createCompleted();
      const row = await insertAssessment(sql, { id: newId('as'), analysisId: id, rules: RULES });
      const epoch = await claimedEpoch(row.id);
      const [save, removal] = await Promise.allSettled([
        saveAssessment(sql, row.id, epoch, savedAssessment()),
        deleteAnalysis(sql, id),
      ]);
      expect(removal.status).toBe('fulfilled');
      if (save.status === 'rejected') expect(save.reason).toMatchObject({ code: 'fenced_out' });
      expect(await sql`select from violations where assessment_id = ${row.id}`).toHaveLength(0);
    }
  });
});

describe('saveAssessment', () => {
  it('writes thousands of rows quickly', async () => {
    const { assessmentId } = await createReporting();
    const epoch = await claimedEpoch(assessmentId);
    const saved = savedAssessment();
    const [track] = saved.result.tracks;
    const [observation] = saved.result.observations;
    const [violation] = saved.result.violations;
    const [still] = saved.evidence;
    if (!track || !observation || !violation || !still) throw new Error('the fixture is empty');
    const numbers = Array.from({ length: 5_000 }, (_, index) => index + 1);
    const startedMs = performance.now();
    await saveAssessment(sql, assessmentId, epoch, {
      ...saved,
      result: {
        ...saved.result,
        tracks: numbers.map((trackId) => ({ ...track, trackId })),
        observations: numbers.flatMap((trackId) =>
          [0, 1, 2].map((part) => ({ ...observation, trackId, startMs: part * 500 })),
        ),
        violations: numbers.map((number) => ({ ...violation, number, trackId: number })),
      },
      evidence: numbers.map((violationNumber) => ({ ...still, violationNumber })),
    });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await listViolations(sql, assessmentId, { afterNumber: 4_990, limit: 5 })).toHaveLength(5);
    expect(await listViolations(sql, assessmentId, { item: 'vest' })).toEqual([]);
    expect(await listViolations(sql, assessmentId, { zone: 'Loading bay' })).toEqual([]);
  });
});
