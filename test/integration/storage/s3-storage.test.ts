import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStorage } from '../../../src/storage/create-storage.js';
import { s3Settings, startS3Proxy, startS3Server, type S3Proxy, type S3Server } from '../../support/s3.js';
import { answer, startVideoServer } from '../../support/video-server.js';

const MEBIBYTE = 1 << 20;

let server: S3Server;
let proxy: S3Proxy | undefined;

beforeAll(async () => {
  server = await startS3Server();
});

afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});

afterAll(() => server.close());

const bytes = (count: number): Readable =>
  Readable.from(
    (function* () {
      for (let left = count; left > 0; left -= MEBIBYTE) yield Buffer.alloc(Math.min(left, MEBIBYTE), 'a');
    })(),
  );

describe('what a wrong configuration says', () => {
  test.each([
    ['an unknown access key', { accessKeyId: 'WRONG' }, 'S3_ACCESS_KEY_ID'],
    ['nobody listening', { endpoint: 'http://127.0.0.1:1' }, 'S3_ENDPOINT'],
    ['an unknown host', { endpoint: 'http://no-such-host.invalid' }, 'S3_ENDPOINT'],
  ])('%s', async (_case, overrides, advice) => {
    const storage = createStorage(s3Settings(server, '', overrides));
    await expect(storage.check()).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining(advice) as string,
    });
  });

  test('a missing bucket', async () => {
    const storage = createStorage(s3Settings({ ...server, bucket: 'no-such-bucket' }));
    await expect(storage.check()).rejects.toMatchObject({
      code: 'storage_failed',
      retryable: false,
      message: expect.stringContaining('the bucket does not exist') as string,
    });
    await expect(storage.usageBytes('')).rejects.toMatchObject({ code: 'storage_failed' });
  });

  test('a refused signature, a region elsewhere, a page instead of XML', async () => {
    const error = (code: string) => answer(403, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
    const fake = await startVideoServer({
      '/signature/x': error('SignatureDoesNotMatch'),
      '/region/x': error('AuthorizationHeaderMalformed'),
      '/page/x': answer(400, '<html>wrong door</html>'),
    });
    const endpoint = fake.url('');
    const putInto = (bucket: string) =>
      createStorage(s3Settings({ ...server, bucket, endpoint })).put('x', Buffer.from('1'));
    await expect(putInto('signature')).rejects.toThrow(/S3_SECRET_ACCESS_KEY/);
    await expect(putInto('region')).rejects.toThrow(/S3_REGION/);
    await expect(putInto('page')).rejects.toMatchObject({ code: 'storage_failed' });
    await fake.close();
  });
});

describe('temporary failures', () => {
  test('small requests are repeated: busy servers, broken connections', async () => {
    proxy = await startS3Proxy(server, (_line, index) => ([503, 'reset', 500] as const)[index]);
    const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
    await storage.put('retry/a', Buffer.from('content'));
    expect(proxy.seen).toHaveLength(4);
    expect((await buffer(await storage.read('retry/a'))).toString()).toBe('content');
  });

  test('parts of a large upload are repeated one by one', async () => {
    let failures = 0;
    proxy = await startS3Proxy(server, (line) =>
      line.includes('partNumber=2') && failures++ < 2 ? (failures === 1 ? 503 : 'reset') : undefined,
    );
    const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
    const sizeBytes = 35 * MEBIBYTE;
    expect(await storage.put('retry/large', bytes(sizeBytes))).toEqual({ sizeBytes });
    expect(await storage.stat('retry/large')).toEqual({ sizeBytes });
    expect(
      proxy.seen.filter((line) => line.startsWith('PUT')).map((line) => /partNumber=(\d)/.exec(line)?.[1]),
    ).toEqual(['1', '2', '2', '2', '3']);
  });

  test('what does not pass is given up, and the unfinished upload is aborted', async () => {
    proxy = await startS3Proxy(server, (line) => (line.includes('partNumber=2') ? 503 : undefined));
    const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
    await expect(storage.put('retry/never', bytes(20 * MEBIBYTE))).rejects.toMatchObject({
      code: 'storage_failed',
      retryable: true,
    });
    expect(proxy.seen.at(-1)).toMatch(/^DELETE .*uploadId=/);
    expect(await storage.stat('retry/never')).toBeUndefined();
  });

  test('a refusal is not repeated', async () => {
    proxy = await startS3Proxy(server, () => 403);
    const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
    await expect(storage.put('x', Buffer.from('1'))).rejects.toMatchObject({ retryable: false });
    expect(proxy.seen).toHaveLength(1);
  });

  test('servers without batch deletes get single ones', async () => {
    proxy = await startS3Proxy(server, (line) =>
      line.startsWith('POST') && line.includes('delete') ? 501 : undefined,
    );
    const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
    for (const name of ['a', 'b', 'c']) await storage.put(`single/${name}`, Buffer.from('1'));
    expect(await storage.deletePrefix('single')).toEqual({ files: 3, bytes: 3 });
    expect(await storage.usageBytes('single')).toBe(0);
  });

  test('a read that breaks is an error, never a shorter file', async () => {
    const storage = createStorage(s3Settings(server));
    await storage.put('broken', Buffer.alloc(5 * MEBIBYTE));
    const fake = await startVideoServer({
      '/hivis-test/broken': (request, response) => {
        response.writeHead(200, { 'content-length': 5 * MEBIBYTE });
        response.write(Buffer.alloc(MEBIBYTE), () => request.socket.destroy());
      },
    });
    const stream = await createStorage(s3Settings({ ...server, endpoint: fake.url('') })).read('broken');
    await expect(buffer(stream)).rejects.toThrow();
    await fake.close();
  });
});

test('more files than one listing or one batch holds', async () => {
  const storage = createStorage(s3Settings(server));
  for (let from = 0; from < 1_100; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, index) => storage.put(`lots/${from + index}`, Buffer.from('1'))));
  expect(await storage.usageBytes('lots')).toBe(1_100);
  expect(await storage.deletePrefix('lots')).toEqual({ files: 1_100, bytes: 1_100 });
  expect(await storage.usageBytes('lots')).toBe(0);
});

test('objects lie below the prefix of the URL; two prefixes do not see each other', async () => {
  const [one, two] = ['one', 'one/two'].map((prefix) => createStorage(s3Settings(server, prefix)));
  await one?.put('a/x', Buffer.from('1'));
  await two?.put('a/x', Buffer.from('22'));
  expect(await two?.stat('a/x')).toEqual({ sizeBytes: 2 });
  expect(await one?.usageBytes('a')).toBe(1);
  expect(await readdir(path.join(server.directory, server.bucket, 'one', 'a'))).not.toHaveLength(0);
});

test('an upload whose source breaks is aborted on the server', async () => {
  proxy = await startS3Proxy(server, () => undefined);
  const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
  const failing = function* (): Generator<Buffer> {
    yield Buffer.alloc(20 * MEBIBYTE);
    throw new Error('the source broke');
  };
  await expect(storage.put('unfinished', Readable.from(failing()))).rejects.toThrow('the source broke');
  expect(proxy.seen.map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT', 'DELETE']);
});

test('ranges are asked for as HTTP means them, down to a single byte', async () => {
  proxy = await startS3Proxy(server, () => undefined);
  const storage = createStorage(s3Settings({ ...server, endpoint: proxy.endpoint }));
  await storage.put('range', Buffer.from('0123456789'));
  for (const range of [{ start: 0, end: 0 }, { start: 3, end: 3 }, { start: 4 }, { start: 0 }])
    (await storage.read('range', range)).destroy();
  const asked = proxy.seen.filter((line) => line.startsWith('GET')).map((line) => /bytes=.*/.exec(line)?.[0]);
  expect(asked).toEqual(['bytes=0-0', 'bytes=3-3', 'bytes=4-', undefined]);
});
