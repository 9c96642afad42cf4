import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postJson, type JsonPost } from '../../../src/ingest/guarded-request.js';
import { fakeResolver, TEST_POLICY } from '../../support/download.js';
import {
  answer,
  drip,
  rawAnswer,
  redirectTo,
  silence,
  startVideoServer,
  type VideoServer,
} from '../../support/video-server.js';

let server: VideoServer;
const bodies: string[] = [];

beforeAll(async () => {
  server = await startVideoServer({
    '/hook': (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(Buffer.concat(chunks).toString());
        response.writeHead(202).end('accepted\n\u001b[31mthanks');
      });
    },
    '/fails': answer(500, 'Traceback: secret'),
    '/moved': redirectTo('/hook', 307),
    '/endless': drip({ head: Buffer.alloc(100_000, 'a'), bytesPerWrite: 1_000, intervalMs: 5 }),
    '/dripping': drip({ head: Buffer.from('ok'), bytesPerWrite: 0, intervalMs: 1_000 }),
    '/cut': rawAnswer(['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'], 'reset'),
    '/reset': rawAnswer([], 'reset'),
    '/silence': silence(),
  });
});

afterAll(() => server.close());

const post = (path: string, overrides: Partial<JsonPost> = {}) =>
  postJson({
    url: server.url(path),
    headers: {},
    body: '{"a":1}',
    policy: TEST_POLICY,
    timeoutMs: 5_000,
    ...overrides,
  });

describe('postJson', () => {
  test('sends exactly the given bytes and headers and returns status, start of the body and duration', async () => {
    const body = '{"b": "ü", "a":1 }';
    const result = await post('/hook', { body, headers: { 'webhook-id': 'msg_1', 'webhook-signature': 'v1,abc=' } });
    expect(result).toMatchObject({ statusCode: 202, bodyStart: 'accepted ·[31mthanks' });
    expect(result.durationMs).toBeGreaterThanOrEqual(0);
    expect(bodies).toEqual([body]);
    const request = server.requests.at(-1);
    expect(request?.method).toBe('POST');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-signature': 'v1,abc=',
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  test('any status is an answer, and redirects are not followed', async () => {
    await expect(post('/fails')).resolves.toMatchObject({ statusCode: 500, bodyStart: 'Traceback: secret' });
    const before = server.requests.length;
    await expect(post('/moved')).resolves.toMatchObject({ statusCode: 307 });
    expect(server.requests.length - before).toBe(1);
  });

  test('reads no more of a long answer than a log needs; a broken or dripping one keeps its status', async () => {
    const endless = await post('/endless');
    expect(endless.statusCode).toBe(200);
    expect(endless.bodyStart).toHaveLength(1_024);
    await expect(post('/cut')).resolves.toMatchObject({ statusCode: 200, bodyStart: 'half' });
    await expect(post('/dripping', { timeoutMs: 300 })).resolves.toMatchObject({ statusCode: 200, bodyStart: 'ok' });
  });

  test('without an answer it fails with a reason', async () => {
    await expect(post('/silence', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'timed_out', retryable: true });
    await expect(post('/reset')).rejects.toMatchObject({ code: 'download_failed', retryable: true });
    await expect(post('/hook', { url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'url_not_allowed' });
    await expect(post('/silence', { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('stands under the same guard as downloads', async () => {
    const { resolve } = fakeResolver({ 'private.test': [['10.0.0.1']] });
    const before = server.connectionCount();
    for (const url of [
      'http://[::1]/',
      'file:///etc/passwd',
      'http://u:p@127.0.0.1/',
      server.url('/hook', 'private.test'),
    ])
      await expect(post('/hook', { url, resolve })).rejects.toMatchObject({ code: 'url_not_allowed' });
    await expect(post('/hook', { url: 'hook' })).rejects.toMatchObject({ code: 'invalid_url' });
    expect(server.connectionCount()).toBe(before);
  });
});
