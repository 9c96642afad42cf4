import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from '../../../src/db/client.js';
import { addCounters, readCounters } from '../../../src/db/counters.js';
import {
  findDelivery,
  getDelivery,
  insertDelivery,
  listDeliveries,
  listDueDeliveries,
  recordDeliveryAttempt,
  replayDelivery,
} from '../../../src/db/deliveries.js';
import { insertEvent, listEvents } from '../../../src/db/events.js';
import { findMeta, getOrCreateMeta, setMeta } from '../../../src/db/meta.js';
import { deleteOldQuotes, findQuote, finishQuote, insertQuote, listPendingQuotes } from '../../../src/db/quotes.js';
import { deleteUnusedUpload, findUpload, getUpload, insertUpload, listUnusedUploads } from '../../../src/db/uploads.js';
import { deleteDeadWorkers, deleteWorker, listLiveWorkers, upsertWorkerHeartbeat } from '../../../src/db/workers.js';
import { newId } from '../../../src/shared/ids.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { createQueued, FAILURE, SETTINGS } from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

describe('uploads', () => {
  const upload = { fileName: 'gate.mp4', storageKey: 'uploads/x', sizeBytes: 5_000_000_000, sha256: 'e'.repeat(64) };

  it('are found, and removed only when nothing refers to them', async () => {
    const used = await insertUpload(sql, { id: newId('up'), ...upload });
    const unused = await insertUpload(sql, { id: newId('up'), ...upload });
    await createQueued(sql, { uploadId: used.id });
    expect(await getUpload(sql, used.id)).toEqual(used);
    expect(used).toMatchObject(upload);
    const later = new Date(Date.now() + 1_000);
    expect((await listUnusedUploads(sql, later, 10)).map((row) => row.id)).toEqual([unused.id]);
    expect(await deleteUnusedUpload(sql, used.id)).toBeUndefined();
    expect(await deleteUnusedUpload(sql, unused.id)).toEqual(unused);
    expect(await findUpload(sql, unused.id)).toBeUndefined();
    await expect(getUpload(sql, unused.id)).rejects.toMatchObject({ code: 'upload_not_found' });
  });
});

describe('deliveries', () => {
  const attempt = { at: '2026-03-01T00:00:00.000Z', durationMs: 12, statusCode: 500, error: 'HTTP 500' };
  async function createDelivery(id: string) {
    const { id: analysisId } = await createQueued(sql);
    const delivery = {
      id,
      analysisId,
      eventType: 'analysis.completed',
      url: 'https://h.example.com',
      payload: '{"a": 1}',
    };
    await insertDelivery(sql, delivery);
    return delivery;
  }

  it('are told once, however often they are inserted', async () => {
    const delivery = await createDelivery('dl_once');
    await insertDelivery(sql, { ...delivery, payload: 'other' });
    expect(await listDeliveries(sql, delivery.analysisId)).toMatchObject([{ ...delivery, status: 'pending', log: [] }]);
    expect((await listDueDeliveries(sql, 10)).map((row) => row.id)).toContain('dl_once');
  });

  it('keep a log of tries until one is accepted', async () => {
    await createDelivery('dl_log');
    const retryAt = new Date(Date.now() + 60_000);
    expect(await recordDeliveryAttempt(sql, 'dl_log', attempt, { retryAt })).toMatchObject({
      status: 'pending',
      attempts: 1,
      nextAttemptAt: retryAt,
    });
    expect((await listDueDeliveries(sql, 10)).map((row) => row.id)).not.toContain('dl_log');
    const accepted = { ...attempt, statusCode: 204, error: null };
    const done = await recordDeliveryAttempt(sql, 'dl_log', accepted, 'delivered');
    expect(done).toMatchObject({ status: 'delivered', attempts: 2, nextAttemptAt: null, log: [attempt, accepted] });
    expect(done?.finishedAt).toBeInstanceOf(Date);
    expect(await recordDeliveryAttempt(sql, 'dl_log', attempt, 'failed')).toBeUndefined();
  });

  it('can be replayed, and a long log loses its oldest lines', async () => {
    await createDelivery('dl_replay');
    await recordDeliveryAttempt(sql, 'dl_replay', attempt, 'failed');
    expect(await replayDelivery(sql, 'dl_replay')).toMatchObject({
      status: 'pending',
      attempts: 0,
      finishedAt: null,
      log: [attempt],
    });
    for (let index = 0; index < 105; index += 1)
      await recordDeliveryAttempt(sql, 'dl_replay', { ...attempt, durationMs: index }, { retryAt: new Date() });
    const { log, attempts } = await getDelivery(sql, 'dl_replay');
    expect([log.length, log.at(-1)?.durationMs, attempts]).toEqual([100, 104, 105]);
    await expect(replayDelivery(sql, 'dl_none')).rejects.toMatchObject({ code: 'delivery_not_found' });
    expect(await findDelivery(sql, 'dl_none')).toBeUndefined();
  });
});

describe('workers', () => {
  const worker = {
    id: 'w1',
    host: 'host',
    pid: 7,
    roles: ['ingest', 'segment'],
    version: '0.1.0',
    framesAnalyzed: 0,
    busyMs: 0,
    rssBytes: 1,
  };

  it('live as long as they say so', async () => {
    await upsertWorkerHeartbeat(sql, worker);
    await upsertWorkerHeartbeat(sql, { ...worker, framesAnalyzed: 50, busyMs: 12.7 });
    await upsertWorkerHeartbeat(sql, { ...worker, id: 'w2', pid: 8 });
    await upsertWorkerHeartbeat(sql, { ...worker, id: 'w3', pid: 9 });
    await sql`update workers set heartbeat_at = now() - interval '31 seconds' where id = 'w2'`;
    const live = await listLiveWorkers(sql);
    expect(live).toMatchObject([
      { id: 'w1', framesAnalyzed: 50, busyMs: 13, roles: ['ingest', 'segment'] },
      { id: 'w3' },
    ]);
    await deleteWorker(sql, 'w3');
    expect(await deleteDeadWorkers(sql, 30_000)).toEqual(['w2']);
    expect((await listLiveWorkers(sql)).map((row) => row.id)).toEqual(['w1']);
  });
});

describe('meta', () => {
  it('is the same for all that ask first at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => getOrCreateMeta(sql, 'secret', () => `value-${index}`)),
    );
    expect(new Set(made).size).toBe(1);
    expect(await findMeta(sql, 'secret')).toBe(made[0]);
    await setMeta(sql, 'secret', 'other');
    expect(await getOrCreateMeta(sql, 'secret', () => 'unused')).toBe('other');
    expect(await findMeta(sql, 'none')).toBeUndefined();
  });
});

describe('counters', () => {
  it('add up, also when many add at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => addCounters(sql, { frames_analyzed: 3, decode_ms: 1.4, none: 0 })),
    );
    expect(await readCounters(sql)).toEqual({ frames_analyzed: 60, decode_ms: 20 });
  });
});

describe('quotes', () => {
  const result = {
    durationMs: 12_000,
    frames: 300,
    widthPx: 640,
    heightPx: 360,
    fps: 25,
    codec: 'h264',
    framesToAnalyze: 60,
  };
  const quote = () => ({
    id: newId('qu'),
    videoUrl: 'https://v.example.com/a.mp4',
    uploadId: null,
    settings: SETTINGS,
  });

  it('get one answer', async () => {
    const { id } = await insertQuote(sql, quote());
    expect((await listPendingQuotes(sql, 10)).map((row) => row.id)).toContain(id);
    expect(await finishQuote(sql, id, { result })).toBe(true);
    expect(await finishQuote(sql, id, { error: FAILURE })).toBe(false);
    expect(await findQuote(sql, id)).toMatchObject({ status: 'ready', result, error: null });
  });

  it('keep why there is none, and go after a while', async () => {
    const { id } = await insertQuote(sql, quote());
    await finishQuote(sql, id, { error: FAILURE });
    expect(await findQuote(sql, id)).toMatchObject({ status: 'failed', result: null, error: FAILURE });
    expect(await deleteOldQuotes(sql, new Date(Date.now() + 1_000))).toBeGreaterThan(0);
    expect(await findQuote(sql, id)).toBeUndefined();
  });
});

describe('events', () => {
  it('are read in order, page by page', async () => {
    for (const kind of ['a', 'b', 'c']) await insertEvent(sql, { analysisId: 'an_events', kind, detail: { kind } });
    const first = await listEvents(sql, 'an_events', { limit: 2 });
    expect(first.map((event) => event.kind)).toEqual(['a', 'b']);
    const rest = await listEvents(sql, 'an_events', { afterId: first[1]?.id ?? 0 });
    expect(rest).toMatchObject([{ kind: 'c', detail: { kind: 'c' } }]);
  });
});
