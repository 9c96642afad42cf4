import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from '../../../src/db/client.js';
import { loadFrameDetections } from '../../../src/db/detections.js';
import {
  claimSegment,
  commitSegment,
  countSegments,
  heartbeatSegment,
  listOpenSegmentIndexes,
  listSegments,
  recordSegmentError,
  releaseSegment,
  type SegmentKey,
  type SegmentResult,
} from '../../../src/db/segments.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { claimed, createAnalyzing, createQueued, FAILURE, finishSegments, framesOf, keyOf } from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

function resultOf(segmentIndex: number, detectionsEach = 3): SegmentResult {
  return { frames: framesOf(segmentIndex, detectionsEach), decodeMs: 12.4, inferenceMs: 34.6 };
}

async function segmentOf(key: SegmentKey) {
  const segment = (await listSegments(sql, key.analysisId))[key.segmentIndex];
  if (segment === undefined) throw new Error('no such segment');
  return segment;
}

describe('claimSegment', () => {
  it('gives the segment with a new epoch', async () => {
    const analysis = await createAnalyzing(sql);
    const claim = await claimSegment(sql, { ...keyOf(analysis, 1), workerId: 'w1', maxAttempts: 5 });
    expect(claim).toMatchObject({
      kind: 'claimed',
      epoch: 1,
      attempt: 1,
      segment: { segmentIndex: 1, frameLo: 50, frameHi: 100, firstSampledFrame: 50, sampledCount: 10, workerId: 'w1' },
    });
    expect(await segmentOf(keyOf(analysis, 1))).toMatchObject({ status: 'running', attempts: 1 });
  });

  it('gives two claims at once different epochs, and only the later one can write', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epochs = await Promise.all([claimed(sql, key, 'w1'), claimed(sql, key, 'w2')]);
    expect([...epochs].sort()).toEqual([1, 2]);
    await expect(commitSegment(sql, key, 1, resultOf(0))).rejects.toMatchObject({ code: 'fenced_out' });
    await commitSegment(sql, key, 2, resultOf(0));
    expect(await segmentOf(key)).toMatchObject({ status: 'done', epoch: 2 });
  });

  it('does not take a segment from a worker that lives, but from one that is silent', async () => {
    const analysis = await createAnalyzing(sql);
    const claim = { ...keyOf(analysis, 0), maxAttempts: 5, takeOverAfterMs: 60_000 };
    const first = await claimSegment(sql, { ...claim, workerId: 'w1' });
    expect(first).toMatchObject({ kind: 'claimed', attempt: 1 });
    expect(await claimSegment(sql, { ...claim, workerId: 'w2' })).toEqual({ kind: 'held' });
    // Out of attempts, but the last one is still at it.
    expect(await claimSegment(sql, { ...claim, workerId: 'w2', maxAttempts: 1 })).toEqual({ kind: 'held' });
    await sql`update segments set heartbeat_at = now() - interval '2 minutes' where analysis_id = ${analysis.id}`;
    expect(await claimSegment(sql, { ...claim, workerId: 'w2' })).toMatchObject({
      kind: 'claimed',
      attempt: 2,
      epoch: 2,
    });
  });

  it('ends after so many attempts, with the last error', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const claim = { ...key, workerId: 'w', maxAttempts: 2 };
    const first = await claimSegment(sql, claim);
    expect(first).toMatchObject({ attempt: 1 });
    expect(await recordSegmentError(sql, key, 1, FAILURE)).toBe(true);
    // The second attempt dies without a word.
    expect(await claimSegment(sql, claim)).toMatchObject({ kind: 'claimed', attempt: 2 });
    expect(await claimSegment(sql, claim)).toEqual({ kind: 'exhausted', attempts: 2, error: FAILURE });
    expect(await claimSegment(sql, claim)).toEqual({ kind: 'exhausted', attempts: 2, error: FAILURE });
    expect(await segmentOf(key)).toMatchObject({ status: 'failed' });
    await expect(commitSegment(sql, key, 2, resultOf(0))).rejects.toMatchObject({ code: 'fenced_out' });
  });

  it('has nothing to give of a finished segment, another run, another state', async () => {
    const analysis = await createAnalyzing(sql);
    await finishSegments(sql, analysis, 1);
    const claim = { workerId: 'w', maxAttempts: 5 };
    expect(await claimSegment(sql, { ...keyOf(analysis, 0), ...claim })).toEqual({ kind: 'done' });
    expect(await claimSegment(sql, { ...keyOf(analysis, 1), ...claim, run: 2 })).toEqual({ kind: 'inactive' });
    expect(await claimSegment(sql, { ...keyOf(analysis, 99), ...claim })).toEqual({ kind: 'inactive' });
    const queued = await createQueued(sql);
    expect(await claimSegment(sql, { ...keyOf(queued, 0), ...claim })).toEqual({ kind: 'inactive' });
  });
});

describe('heartbeatSegment', () => {
  it('counts up and never down, also in a second attempt', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    expect(await heartbeatSegment(sql, key, epoch, 7)).toBe('ok');
    expect((await segmentOf(key)).framesDone).toBe(7);
    const second = await claimed(sql, key, 'w2');
    expect((await segmentOf(key)).framesDone).toBe(7);
    expect(await heartbeatSegment(sql, key, second, 2)).toBe('ok');
    expect((await segmentOf(key)).framesDone).toBe(7);
    expect(await heartbeatSegment(sql, key, second, 99)).toBe('ok');
    expect((await segmentOf(key)).framesDone).toBe(10);
    expect(await heartbeatSegment(sql, key, epoch, 8)).toBe('fenced');
  });

  it('stops a worker of an analysis that is gone or has another run', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    expect(await heartbeatSegment(sql, { ...key, run: 2 }, epoch, 1)).toBe('cancelled');
    expect(await heartbeatSegment(sql, { ...key, analysisId: 'an_none' }, epoch, 1)).toBe('cancelled');
  });
});

describe('commitSegment', () => {
  it('writes every frame and marks the segment done', async () => {
    const analysis = await createAnalyzing(sql);
    await finishSegments(sql, analysis, 2);
    expect(await loadFrameDetections(sql, analysis.id)).toEqual([...framesOf(0), ...framesOf(1)]);
    expect(await countSegments(sql, analysis.id)).toEqual({ total: 3, done: 2, framesDone: 20 });
    expect(await listOpenSegmentIndexes(sql, analysis.id)).toEqual([2]);
    expect((await listSegments(sql, analysis.id))[0]).toMatchObject({ decodeMs: 10, inferenceMs: 20, framesDone: 10 });
  });

  it('may be called again after a lost answer', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await commitSegment(sql, key, epoch, resultOf(0));
    await commitSegment(sql, key, epoch, resultOf(0, 9));
    expect(await loadFrameDetections(sql, analysis.id)).toEqual(framesOf(0));
  });

  it('leaves one result when the same worker commits twice at once', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await Promise.all([commitSegment(sql, key, epoch, resultOf(0)), commitSegment(sql, key, epoch, resultOf(0))]);
    expect(await loadFrameDetections(sql, analysis.id)).toEqual(framesOf(0));
  });

  it('shuts out a worker that wakes up late, whether or not the other is done', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const late = await claimed(sql, key, 'late');
    const quick = await claimed(sql, key, 'quick');
    await expect(commitSegment(sql, key, late, resultOf(0, 1))).rejects.toMatchObject({
      code: 'fenced_out',
      retryable: false,
      details: { segmentIndex: 0, epoch: 1, currentEpoch: 2 },
    });
    await commitSegment(sql, key, quick, resultOf(0));
    await expect(commitSegment(sql, key, late, resultOf(0, 1))).rejects.toMatchObject({ code: 'fenced_out' });
    expect(await loadFrameDetections(sql, analysis.id)).toEqual(framesOf(0));
  });

  it('takes fewer frames than planned, as a truncated file gives', async () => {
    const analysis = await createAnalyzing(sql, 1);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await heartbeatSegment(sql, key, epoch, 10);
    await commitSegment(sql, key, epoch, { frames: framesOf(0).slice(0, 4), decodeMs: 1, inferenceMs: 1 });
    expect(await countSegments(sql, analysis.id)).toEqual({ total: 1, done: 1, framesDone: 4 });
    const empty = await createAnalyzing(sql, 1);
    await commitSegment(sql, keyOf(empty, 0), await claimed(sql, keyOf(empty, 0)), {
      frames: [],
      decodeMs: 1,
      inferenceMs: 1,
    });
    expect(await loadFrameDetections(sql, empty.id)).toEqual([]);
  });

  it('refuses frames of another segment and frames out of order', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    await expect(commitSegment(sql, key, epoch, resultOf(1))).rejects.toMatchObject({ code: 'internal' });
    const twice = { ...resultOf(0), frames: [...framesOf(0), ...framesOf(0)] };
    await expect(commitSegment(sql, key, epoch, twice)).rejects.toMatchObject({ code: 'internal' });
    expect(await loadFrameDetections(sql, analysis.id)).toEqual([]);
    expect(await segmentOf(key)).toMatchObject({ status: 'running' });
  });

  it('is part of the transaction of its caller', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    const broken = sql.begin(async (tx) => {
      await commitSegment(tx, key, epoch, resultOf(0));
      throw new Error('power cut');
    });
    await expect(broken).rejects.toThrow('power cut');
    expect(await segmentOf(key)).toMatchObject({ status: 'running' });
    expect(await loadFrameDetections(sql, analysis.id)).toEqual([]);
  });

  it('lets many workers finish many segments at once, each once', async () => {
    const analysis = await createAnalyzing(sql, 12);
    const jobs = Array.from({ length: 36 }, (_, job) => job % 12);
    await Promise.all(
      jobs.map(async (segmentIndex, job) => {
        const key = keyOf(analysis, segmentIndex);
        const claim = await claimSegment(sql, { ...key, workerId: `w${job}`, maxAttempts: 50 });
        if (claim.kind !== 'claimed') return;
        await commitSegment(sql, key, claim.epoch, resultOf(segmentIndex)).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'fenced_out' });
        });
      }),
    );
    const expected = Array.from({ length: 12 }, (_, segmentIndex) => framesOf(segmentIndex)).flat();
    expect(await loadFrameDetections(sql, analysis.id)).toEqual(expected);
  });
});

describe('an attempt that ends early', () => {
  it('is not counted when it was handed back', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    expect(await releaseSegment(sql, key, epoch)).toBe(true);
    expect(await segmentOf(key)).toMatchObject({ status: 'pending', attempts: 0, workerId: null });
    await expect(commitSegment(sql, key, epoch, resultOf(0))).rejects.toMatchObject({ code: 'fenced_out' });
    expect(await releaseSegment(sql, key, epoch)).toBe(false);
  });

  it('keeps its error and counts', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const epoch = await claimed(sql, key);
    expect(await recordSegmentError(sql, key, epoch, FAILURE)).toBe(true);
    expect(await segmentOf(key)).toMatchObject({ status: 'pending', attempts: 1, error: FAILURE });
    await commitSegment(sql, key, await claimed(sql, key), resultOf(0));
    expect(await segmentOf(key)).toMatchObject({ status: 'done', error: null });
  });

  it('cannot touch a segment that somebody else has by now', async () => {
    const analysis = await createAnalyzing(sql);
    const key = keyOf(analysis, 0);
    const late = await claimed(sql, key, 'late');
    await claimed(sql, key, 'quick');
    expect(await releaseSegment(sql, key, late)).toBe(false);
    expect(await recordSegmentError(sql, key, late, FAILURE)).toBe(false);
    expect(await segmentOf(key)).toMatchObject({ status: 'running', workerId: 'quick', attempts: 2 });
  });
});
