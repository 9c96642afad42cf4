import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HivisError } from '../../../src/shared/errors.js';
import { createStorage, type StorageSettings } from '../../../src/storage/create-storage.js';
import { createSourceCache, type SourceCache } from '../../../src/storage/source-cache.js';
import type { Storage } from '../../../src/storage/storage.js';
import { s3Settings, startS3Proxy, startS3Server, type S3Proxy, type S3Server } from '../../support/s3.js';
import type { CacheUserSettings } from '../../support/source-cache-user.js';
import { sha256 } from '../../support/video-server.js';
import { waitFor } from '../../support/wait-for.js';

const SIZE = 200_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const USER_SCRIPT = fileURLToPath(new URL('../../support/source-cache-user.ts', import.meta.url));

let server: S3Server;
let proxy: S3Proxy;
let blocked: Promise<void> | undefined;
let settings: StorageSettings;
let storage: Storage;
let cacheDir: string;
const contents = new Map<string, Buffer>();

const keyOf = (name: string): string => `sources/${name}/1/source.mp4`;
const fetches = (): number => proxy.seen.filter((line) => line.startsWith('GET') && line.includes('/sources/')).length;
const listFiles = (kind: string): Promise<string[]> => readdir(path.join(cacheDir, kind)).catch(() => []);

async function use(cache: SourceCache, name: string): Promise<string> {
  return cache.withFile(keyOf(name), SIZE, async (file) => {
    expect((await readFile(file)).equals(contents.get(name) ?? Buffer.alloc(0))).toBe(true);
    return file;
  });
}

beforeAll(async () => {
  server = await startS3Server();
  const direct = createStorage(s3Settings(server));
  for (const name of NAMES) {
    contents.set(name, randomBytes(SIZE));
    await direct.put(keyOf(name), contents.get(name) ?? Buffer.alloc(0));
  }
});

beforeEach(async () => {
  proxy = await startS3Proxy(
    server,
    () => undefined,
    () => blocked,
  );
  settings = s3Settings({ ...server, endpoint: proxy.endpoint });
  storage = createStorage(settings);
  cacheDir = await mkdtemp(path.join(tmpdir(), 'hivis-cache-'));
});

afterEach(async () => {
  blocked = undefined;
  await proxy.close();
  await rm(cacheDir, { recursive: true, force: true });
});

afterAll(() => server.close());

describe('a local storage', () => {
  test('gives the file itself, checked for its size', async () => {
    const local = createStorage({ ...settings, url: `file://${cacheDir}/storage` });
    await local.put('k', Buffer.from('12345'));
    const cache = createSourceCache(local, { cacheDir: path.join(cacheDir, 'cache'), maxBytes: 1 });
    expect(await cache.withFile('k', 5, (file) => Promise.resolve(file))).toBe(local.localPath('k'));
    await expect(cache.withFile('k', 6, () => Promise.resolve())).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(cache.withFile('none', 6, () => Promise.resolve())).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(readdir(path.join(cacheDir, 'cache'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('an S3 storage', () => {
  test('is fetched once; the path keeps the extension and is gone afterwards', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    const files = await Promise.all(Array.from({ length: 8 }, () => use(cache, 'a')));
    files.push(await use(cache, 'a'));
    expect(fetches()).toBe(1);
    expect(new Set(files).size).toBe(files.length);
    expect(files.every((file) => file.endsWith('.mp4'))).toBe(true);
    expect(await listFiles('leases')).toEqual([]);
    expect(await listFiles('parts')).toEqual([]);
    expect(await listFiles('locks')).toEqual([]);
    expect(await listFiles('files')).toHaveLength(1);
  });

  test('what the work returns and throws comes through', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    await expect(cache.withFile(keyOf('a'), SIZE, () => Promise.resolve(42))).resolves.toBe(42);
    const failure = new HivisError('fenced_out', 'late');
    await expect(cache.withFile(keyOf('a'), SIZE, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await listFiles('leases')).toEqual([]);
  });

  test('the least recently used copies go, never more than needed', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 3 * SIZE });
    for (const name of ['a', 'b', 'c']) {
      await use(cache, name);
      await age(1_000);
    }
    await use(cache, 'a');
    await use(cache, 'd');
    expect(await listFiles('files')).toHaveLength(3);
    const before = fetches();
    for (const name of ['a', 'c', 'd']) await use(cache, name);
    expect(fetches()).toBe(before);
    await use(cache, 'b');
    expect(fetches()).toBe(before + 1);
  });

  test('a copy in use stays readable and is not the one that goes', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: SIZE });
    await cache.withFile(keyOf('a'), SIZE, async (file) => {
      await age(10_000);
      await use(cache, 'b');
      await use(cache, 'c');
      expect((await readFile(file)).equals(contents.get('a') ?? Buffer.alloc(0))).toBe(true);
      expect(await use(cache, 'a')).not.toBe(file);
    });
    expect(fetches()).toBe(3);
    expect(await listFiles('files')).toHaveLength(1);
  });

  test('without any room, files are still served, and kept no longer than they are used', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 0 });
    await Promise.all(NAMES.map((name) => use(cache, name)));
    expect(await listFiles('files')).toEqual([]);
  });

  test('a copy of another size is replaced, even while somebody uses it', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    await use(cache, 'a');
    const [name] = await listFiles('files');
    await truncate(path.join(cacheDir, 'files', name ?? ''), 1_000);
    await use(cache, 'a');
    expect(fetches()).toBe(2);
    await writeFile(path.join(cacheDir, 'files', name ?? ''), Buffer.alloc(2 * SIZE));
    await use(cache, 'a');
    expect(fetches()).toBe(3);
  });

  test('an object of another size than the database says is an error and is not kept', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    const refusal = cache.withFile(keyOf('a'), SIZE + 1, () => Promise.resolve());
    await expect(refusal).rejects.toMatchObject({ code: 'storage_failed', details: { sizeBytes: SIZE } });
    await expect(cache.withFile('sources/none', 1, () => Promise.resolve())).rejects.toMatchObject({
      code: 'storage_failed',
      details: { key: 'sources/none' },
    });
    for (const kind of ['files', 'parts', 'locks', 'leases']) expect(await listFiles(kind)).toEqual([]);
  });

  test('an abort ends a fetch, and the wait for somebody else’s', async () => {
    let unblock = (): void => undefined;
    blocked = new Promise((resolve) => (unblock = resolve));
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    const controllers = [new AbortController(), new AbortController()];
    const uses = controllers.map(({ signal }) =>
      cache.withFile(keyOf('a'), SIZE, () => Promise.resolve('used'), { signal }).catch((error: unknown) => error),
    );
    await waitFor(() => fetches() === 1, { timeoutMs: 5_000 });
    controllers[1]?.abort(new HivisError('timed_out', 'over'));
    expect(await uses[1]).toMatchObject({ code: 'timed_out' });
    controllers[0]?.abort();
    expect(await uses[0]).toMatchObject({ code: 'cancelled' });
    unblock();
    expect(await listFiles('parts')).toEqual([]);
    expect(await listFiles('locks')).toEqual([]);
  });

  test('what dead processes left is removed by age, what living ones hold is not', async () => {
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 10 * SIZE });
    for (const kind of ['leases', 'locks', 'parts'])
      for (const name of ['dead', 'living']) await mkdir(path.join(cacheDir, kind, name), { recursive: true });
    for (const kind of ['leases', 'locks', 'parts']) await ageEntry(path.join(cacheDir, kind, 'dead'), 600_000);
    await use(cache, 'a');
    for (const kind of ['leases', 'locks', 'parts']) expect(await listFiles(kind)).toEqual(['living']);
  });
});

describe('several processes on one cache', () => {
  const run = (overrides: Partial<CacheUserSettings>) => {
    const files = NAMES.map((name) => ({
      key: keyOf(name),
      sizeBytes: SIZE,
      sha256: sha256(contents.get(name) ?? Buffer.alloc(0)),
    }));
    const user: CacheUserSettings = { storage: settings, cacheDir, maxBytes: 2 * SIZE, files, uses: 40, ...overrides };
    const child = spawn(process.execPath, ['--import', 'tsx', USER_SCRIPT, JSON.stringify(user)]);
    let output = '';
    const append = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, exit, output: () => output };
  };

  test('three that want more than fits all get the right bytes, and the limit holds in the end', async () => {
    const users = [run({}), run({}), run({})];
    for (const user of users) {
      expect(await user.exit, user.output()).toBe(0);
      expect(user.output()).toContain('done');
    }
    expect(await listFiles('leases')).toEqual([]);
    expect(await listFiles('parts')).toEqual([]);
    expect((await listFiles('files')).length).toBeLessThanOrEqual(2);
  });

  test('two that want the same new file fetch it once', async () => {
    const oneFile = {
      files: [{ key: keyOf('a'), sizeBytes: SIZE, sha256: sha256(contents.get('a') ?? Buffer.alloc(0)) }],
    };
    const users = [run({ ...oneFile, uses: 8 }), run({ ...oneFile, uses: 8 })];
    for (const user of users) expect(await user.exit, user.output()).toBe(0);
    expect(fetches()).toBe(1);
  });

  test('a process that is killed while it uses a file harms nobody, and its link goes by age', async () => {
    const user = run({ hang: true });
    const held = await waitFor(() => /^\/\S+$/m.exec(user.output())?.[0], { timeoutMs: 20_000 });
    user.child.kill('SIGKILL');
    await user.exit;
    const cache = createSourceCache(storage, { cacheDir, maxBytes: 2 * SIZE });
    for (const name of NAMES) await use(cache, name);
    await expect(stat(held)).resolves.toMatchObject({ size: SIZE });
    await ageEntry(path.dirname(held), 600_000);
    await use(cache, 'b');
    await expect(stat(held)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a process that is killed while it fetches holds the others up for seconds, not for ever', async () => {
    let unblock = (): void => undefined;
    blocked = new Promise((resolve) => (unblock = resolve));
    const user = run({ hang: true });
    await waitFor(() => fetches() === 1, { timeoutMs: 20_000 });
    user.child.kill('SIGKILL');
    await user.exit;
    unblock();
    blocked = undefined;
    const [lock] = await listFiles('locks');
    await ageEntry(path.join(cacheDir, 'locks', lock ?? ''), 21_000);
    await use(createSourceCache(storage, { cacheDir, maxBytes: 2 * SIZE }), 'a');
    expect(fetches()).toBe(2);
    expect(await listFiles('locks')).toEqual([]);
  });
});

async function age(ms: number): Promise<void> {
  for (const name of await listFiles('files')) await ageEntry(path.join(cacheDir, 'files', name), ms);
}

/** Makes an entry older than it is. */
async function ageEntry(entry: string, ms: number): Promise<void> {
  const then = new Date((await stat(entry)).mtimeMs - ms);
  await utimes(entry, then, then);
}
