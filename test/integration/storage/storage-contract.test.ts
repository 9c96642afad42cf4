/** What both storages promise, on a real folder and on a real S3 server. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HivisError } from '../../../src/shared/errors.js';
import { createStorage } from '../../../src/storage/create-storage.js';
import type { Storage } from '../../../src/storage/storage.js';
import { s3Settings, startS3Server, type S3Server } from '../../support/s3.js';

const MEBIBYTE = 1 << 20;

let s3: S3Server;
let folder: string;

beforeAll(async () => {
  s3 = await startS3Server();
  folder = await mkdtemp(path.join(tmpdir(), 'hivis-storage-'));
});

afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const kinds: readonly [string, () => Storage][] = [
  ['local folder', () => createStorage({ ...s3Settings(s3), url: `file://${folder}/storage` })],
  ['S3', () => createStorage(s3Settings(s3, 'some/prefix'))],
];

describe.each(kinds)('%s', (_kind, create) => {
  let storage: Storage;
  beforeAll(() => {
    storage = create();
  });

  const read = async (...args: Parameters<Storage['read']>): Promise<Buffer> => buffer(await storage.read(...args));

  test('check passes and leaves nothing', async () => {
    await storage.check();
    expect(await storage.usageBytes('checks')).toBe(0);
  });

  test('stores buffers, streams and files, and gives them back', async () => {
    const content = randomBytes(300_000);
    const filePath = path.join(folder, 'given');
    await writeFile(filePath, content);
    const bodies = [content, Readable.from([content.subarray(0, 1), content.subarray(1)]), { filePath }];
    for (const [index, body] of bodies.entries()) {
      const key = `bodies/${index}.bin`;
      expect(await storage.put(key, body, { contentType: 'image/jpeg' })).toEqual({ sizeBytes: content.length });
      expect(await storage.stat(key)).toEqual({ sizeBytes: content.length });
      expect((await read(key)).equals(content)).toBe(true);
    }
    expect((await readFile(filePath)).equals(content)).toBe(true);
  });

  test('a consumed file is gone afterwards', async () => {
    const filePath = path.join(folder, 'consumed');
    await writeFile(filePath, 'content');
    await storage.put('bodies/consumed', { filePath, consume: true });
    expect((await read('bodies/consumed')).toString()).toBe('content');
    await expect(stat(filePath)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('empty files are files', async () => {
    await storage.put('empty/a', Buffer.alloc(0));
    expect(await storage.put('empty/b', Readable.from([]))).toEqual({ sizeBytes: 0 });
    expect(await storage.stat('empty/b')).toEqual({ sizeBytes: 0 });
    expect(await read('empty/a')).toHaveLength(0);
  });

  test('a later put replaces', async () => {
    await storage.put('again', Buffer.from('first and longer'));
    await storage.put('again', Buffer.from('second'));
    expect((await read('again')).toString()).toBe('second');
  });

  test('large streams arrive whole (S3: in parts), and parts of them can be read', async () => {
    const block = randomBytes(MEBIBYTE);
    const blocks = 40;
    // Odd pieces, so that they do not fall on the bounds of parts.
    const pieces = function* (): Generator<Buffer> {
      for (let index = 0; index < blocks; index += 1) {
        yield block.subarray(0, 333_333);
        yield block.subarray(333_333);
      }
    };
    const sizeBytes = blocks * MEBIBYTE;
    expect(await storage.put('large/stream', Readable.from(pieces()))).toEqual({ sizeBytes });
    expect(await storage.stat('large/stream')).toEqual({ sizeBytes });
    const whole = await read('large/stream');
    expect(whole.equals(Buffer.concat(Array<Buffer>(blocks).fill(block)))).toBe(true);
    const start = 16 * MEBIBYTE - 5;
    expect((await read('large/stream', { start, end: start + 9 })).equals(whole.subarray(start, start + 10))).toBe(
      true,
    );
  });

  test('ranges include both ends, stop at the end of the file and fail beyond it', async () => {
    await storage.put('range', Buffer.from('0123456789'));
    const text = async (start: number, end?: number): Promise<string> =>
      (await read('range', { start, end })).toString();
    expect(await text(1, 1)).toBe('1');
    expect(await text(0, 1)).toBe('01');
    expect(await text(2, 4)).toBe('234');
    expect(await text(7)).toBe('789');
    expect(await text(0)).toBe('0123456789');
    expect(await text(8, 1_000)).toBe('89');
    await expect(text(10)).rejects.toMatchObject({ code: 'range_not_satisfiable', details: { sizeBytes: 10 } });
  });

  test('missing files: no size, no content, nothing to delete', async () => {
    expect(await storage.stat('missing/a')).toBeUndefined();
    await expect(storage.read('missing/a')).rejects.toMatchObject({
      code: 'storage_failed',
      retryable: false,
      details: { key: 'missing/a' },
    });
    await expect(storage.read('missing/a', { start: 5 })).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(storage.delete('missing/a')).resolves.toBeUndefined();
    expect(await storage.deletePrefix('missing')).toEqual({ files: 0, bytes: 0 });
  });

  test('delete removes one file', async () => {
    await storage.put('one/a', Buffer.from('a'));
    await storage.put('one/b', Buffer.from('b'));
    await storage.delete('one/a');
    expect(await storage.stat('one/a')).toBeUndefined();
    expect(await storage.stat('one/b')).toEqual({ sizeBytes: 1 });
  });

  test('a prefix is a folder: its neighbours with longer names stay', async () => {
    for (const key of [
      'analyses/an_1/as_1/report.pdf',
      'analyses/an_1/as_1/evidence/violation-001.jpg',
      'analyses/an_12/x',
    ])
      await storage.put(key, Buffer.alloc(100));
    expect(await storage.usageBytes('analyses/an_1')).toBe(200);
    expect(await storage.usageBytes('analyses')).toBe(300);
    expect(await storage.usageBytes('')).toBeGreaterThanOrEqual(300);
    expect(await storage.deletePrefix('analyses/an_1/')).toEqual({ files: 2, bytes: 200 });
    expect(await storage.usageBytes('analyses')).toBe(100);
    expect(await storage.deletePrefix('analyses')).toEqual({ files: 1, bytes: 100 });
  });

  test('a source that fails leaves nothing, and its own error comes out', async () => {
    for (const sizeBytes of [10, 20 * MEBIBYTE]) {
      const failing = function* (): Generator<Buffer> {
        yield Buffer.alloc(sizeBytes);
        throw new HivisError('source_too_large', 'too much');
      };
      await expect(storage.put('failed/x', Readable.from(failing()))).rejects.toMatchObject({
        code: 'source_too_large',
      });
      expect(await storage.stat('failed/x')).toBeUndefined();
    }
    expect(await storage.usageBytes('failed')).toBe(0);
  });

  test('a missing file to store is an error that names the key', async () => {
    const refusal = storage.put('failed/y', { filePath: path.join(folder, 'none') });
    await expect(refusal).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('failed/y') as string,
    });
  });

  test('an abort ends a put, and nothing appears', async () => {
    const controller = new AbortController();
    const endless = function* (): Generator<Buffer> {
      for (let index = 0; ; index += 1) {
        if (index === 3) controller.abort();
        yield Buffer.alloc(100_000);
      }
    };
    const { signal } = controller;
    await expect(storage.put('failed/z', Readable.from(endless()), { signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await storage.stat('failed/z')).toBeUndefined();
  });

  test('many at once do not disturb each other', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `many/${index % 4}/${index}`);
    await Promise.all(keys.map((key) => storage.put(key, Buffer.from(key))));
    const contents = await Promise.all(keys.map(async (key) => (await read(key)).toString()));
    expect(contents).toEqual(keys);
    expect(await storage.deletePrefix('many')).toMatchObject({ files: 40 });
  });

  test('keys that leave the storage are refused everywhere', async () => {
    for (const key of ['../x', '/etc/passwd', 'a/../../x', '.tmp/x', 'a\\..\\b']) {
      await expect(storage.put(key, Buffer.alloc(1))).rejects.toThrow(/Not a storage key/);
      await expect(storage.read(key)).rejects.toThrow(/Not a storage key/);
      await expect(storage.stat(key)).rejects.toThrow(/Not a storage key/);
      await expect(storage.delete(key)).rejects.toThrow(/Not a storage key/);
      await expect(storage.deletePrefix(key)).rejects.toThrow(/Not a storage key/);
    }
    await expect(storage.deletePrefix('')).rejects.toThrow();
  });
});
