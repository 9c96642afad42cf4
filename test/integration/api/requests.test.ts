import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisList, AnalysisView, ModelList, Quote, Stats } from '../../../src/api/schemas.js';
import { insertAnalysis } from '../../../src/db/analyses.js';
import { finishQuote, listPendingQuotes } from '../../../src/db/quotes.js';
import { newId } from '../../../src/shared/ids.js';
import { waitFor } from '../../support/wait-for.js';
import { createAnalyzing, createQueued, finishSegments, newAnalysis } from '../db/fixtures.js';
import type { Answer } from './answer.js';
import { startTestApi, type TestApi } from './api-server.js';
import { createFinished } from './finished-analysis.js';

const videoUrl = 'https://user-videos.example.com/gate.mp4';
let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.stop());

describe('bad input', () => {
  it.each([
    ['an unknown model', { videoUrl, model: 'yolo99' }, 'unknown_model', undefined],
    ['an unknown upload', { uploadId: newId('up') }, 'upload_not_found', undefined],
    ['a private address', { videoUrl: 'http://127.0.0.1/x.mp4' }, 'url_not_allowed', 'videoUrl'],
    ['a hidden private address', { videoUrl: 'http://0x7f.1/x.mp4' }, 'url_not_allowed', 'videoUrl'],
    ['a metadata service', { videoUrl: 'http://169.254.169.254/latest' }, 'url_not_allowed', 'videoUrl'],
    ['an IPv4 address in IPv6', { videoUrl: 'http://[::ffff:10.0.0.1]/x.mp4' }, 'url_not_allowed', 'videoUrl'],
    ['a password in the URL', { videoUrl: 'https://me:pw@videos.example.com/x.mp4' }, 'url_not_allowed', 'videoUrl'],
    ['a private callback', { videoUrl, callbackUrl: 'http://[::1]:3000/' }, 'url_not_allowed', 'callbackUrl'],
    ['another scheme', { videoUrl: 'ftp://videos.example.com/x.mp4' }, 'invalid_request', 'videoUrl'],
    [
      'an item that the model does not know',
      { videoUrl, rules: { required: ['gloves'] } },
      'invalid_request',
      'rules.required.0',
    ],
    ['N of zero', { videoUrl, everyNFrames: 0 }, 'invalid_request', 'everyNFrames'],
    ['an unknown field', { videoUrl, colour: 'red' }, 'invalid_request', 'colour'],
    ['a NUL character', { videoUrl, name: 'a\u0000b' }, 'invalid_request', 'name'],
  ])('%s', async (_case, body, code, path) => {
    const { json } = await test.call('POST', '/v1/analyses', body);
    expect(json.code).toBe(code);
    expect(json.status).toBeLessThan(500);
    expect(json.errors?.[0]?.path).toBe(path);
  });

  it.each(['', 'a b', 'x'.repeat(256)])('refuses the Idempotency-Key "%s"', async (key) => {
    const { json } = await test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl }, { 'idempotency-key': key });
    expect(json).toMatchObject({ status: 400, errors: [{ path: 'Idempotency-Key' }] });
  });

  it('keeps HTML in names as text', async () => {
    const name = '<script>alert(1)</script>';
    const { json, headers } = await test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl, name });
    expect(json.name).toBe(name);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('the list', () => {
  let list: TestApi;
  beforeAll(async () => {
    list = await startTestApi();
  });
  afterAll(() => list.stop());

  it('pages through everything once, newest first, and filters', async () => {
    const createdAt = new Date('2026-01-01T00:00:00.000Z');
    for (let index = 0; index < 25; index += 1)
      await insertAnalysis(
        list.sql,
        newAnalysis({ name: `Gate ${index}`, tag: index % 2 === 0 ? 'even' : 'odd', createdAt }),
      );
    await createFinished(list);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { json }: Answer<AnalysisList> = await list.call<AnalysisList>(
        'GET',
        `/v1/analyses?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...json.items.map((item) => item.id));
      cursor = json.nextCursor;
    }
    expect(seen.length).toBe(26);
    expect(new Set(seen).size).toBe(26);
    const count = async (query: string): Promise<number> =>
      (await list.call<AnalysisList>('GET', `/v1/analyses?limit=200&${query}`)).json.items.length;
    expect(await count('tag=odd')).toBe(12);
    expect(await count('status=completed,failed')).toBe(1);
    expect(await count('status=queued&tag=even')).toBe(13);
    expect(await count('search=gate%201')).toBe(11);
    expect(await count('search=%25')).toBe(0);
  });

  it.each(['status=sleeping', 'limit=201', 'cursor=abc', 'offset=3', 'tag='])('refuses ?%s', async (query) => {
    expect((await list.call('GET', `/v1/analyses?${query}`)).json).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });
});

describe('limits per key', () => {
  it('refuse more than MAX_QUEUED_PER_KEY unfinished analyses, but not a repeated request', async () => {
    const limited = await startTestApi({
      env: { API_KEYS: 'north:north-secret-0123456789,south:south-secret-0123456789', MAX_QUEUED_PER_KEY: '2' },
    });
    const post = (secret: string, key: string) =>
      limited.call<AnalysisView>(
        'POST',
        '/v1/analyses',
        { videoUrl },
        { authorization: `Bearer ${secret}`, 'idempotency-key': key },
      );
    try {
      const first = await post('north-secret-0123456789', 'a');
      expect((await post('north-secret-0123456789', 'b')).status).toBe(202);
      const refused = await post('north-secret-0123456789', 'c');
      expect(refused.json).toMatchObject({ status: 429, code: 'too_many_queued' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await post('north-secret-0123456789', 'a')).json.id).toBe(first.json.id);
      // Another key has its own limit, and its own idempotency keys.
      const other = await post('south-secret-0123456789', 'a');
      expect(other.status).toBe(202);
      expect(other.json.id).not.toBe(first.json.id);
      expect((await limited.call('GET', '/v1/analyses')).status).toBe(401);
      expect((await limited.call('GET', '/metrics')).status).toBe(401);
      expect((await limited.call('GET', '/stats')).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });
});

describe('dry run', () => {
  it('asks a worker and answers with what it would cost', async () => {
    const analysis = await createAnalyzing(test.sql);
    await finishSegments(test.sql, analysis);
    const answer = test.call<Quote>('POST', '/v1/analyses?dryRun=true', { videoUrl });
    const [pending] = await waitFor(
      async () => (await listPendingQuotes(test.sql, 1)).length > 0 && listPendingQuotes(test.sql, 1),
      {
        timeoutMs: 5_000,
      },
    );
    expect(await test.api.context.producer.presence('quotes', pending?.id ?? '')).toBe('queued');
    const result = {
      durationMs: 60_000,
      frames: 1500,
      widthPx: 640,
      heightPx: 360,
      fps: 25,
      codec: 'h264',
      framesToAnalyze: 300,
    };
    await finishQuote(test.sql, pending?.id ?? '', { result });
    const { status, json } = await answer;
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'ready',
      framesToAnalyze: 300,
      basis: 'measured',
      video: { durationMs: 60_000 },
    });
    expect(json.cpuSeconds).toBeGreaterThan(0);
  });

  it('says where to ask again when no worker answers in time', async () => {
    const { status, headers, json } = await test.call<Quote>('POST', '/v1/analyses?dryRun=true', { videoUrl });
    expect(status).toBe(202);
    expect(json).toMatchObject({ status: 'pending', cpuSeconds: null });
    const later = await test.call('GET', headers.get('location') ?? '');
    expect(later.json).toEqual(json);
    await finishQuote(test.sql, json.id ?? '', {
      error: { code: 'download_failed', message: 'It answered 404.', retryable: false },
    });
    expect((await test.call('GET', `/v1/quotes/${json.id}`)).json).toMatchObject({
      status: 'failed',
      error: { code: 'download_failed' },
    });
    expect((await test.call('GET', `/v1/quotes/${newId('qu')}`)).json.code).toBe('quote_not_found');
  });

  it('checks the request as for a real one', async () => {
    expect((await test.call('POST', '/v1/analyses?dryRun=1', { videoUrl, model: 'x' })).json.code).toBe(
      'unknown_model',
    );
    expect((await test.call('POST', '/v1/analyses?dryRun=perhaps', { videoUrl })).json.code).toBe('invalid_request');
  });
});

describe('the state of the system', () => {
  it('is told by models, capacity, stats, health and readiness', async () => {
    await createQueued(test.sql);
    const models = await test.call<ModelList>('GET', '/v1/models');
    expect(models.json.items.find((item) => item.id === models.json.defaultId)).toMatchObject({
      items: ['helmet', 'vest'],
    });
    expect((await test.call('GET', '/v1/capacity')).json).toMatchObject({ workers: 0 });
    const stats = (await test.call<Stats>('GET', '/stats')).json;
    expect(stats.analyses.queued).toBeGreaterThan(0);
    // What the autoscaler of compose/kubernetes reads.
    expect(stats.queue?.segments.waiting).toBeTypeOf('number');
    expect((await test.call('GET', '/healthz')).status).toBe(200);
    const ready = await test.call('GET', '/readyz');
    expect(ready).toMatchObject({
      status: 200,
      json: { status: 'ready', checks: { queue: { ok: true }, storage: { ok: true } } },
    });
  });
});
