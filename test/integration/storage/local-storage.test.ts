import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalStorage } from '../../../src/storage/local-storage.js';

let root: string;
let storage: LocalStorage;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'hivis-local-'));
  storage = new LocalStorage(root);
});

afterEach(() => rm(root, { recursive: true, force: true }));

const entries = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => name !== '.tmp').toSorted();

test('files lie under their keys; deleting the last one leaves no folder', async () => {
  await storage.put('analyses/an_1/as_1/evidence/violation-001.jpg', Buffer.from('x'));
  await storage.put('analyses/an_1/as_1/report.pdf', Buffer.from('x'));
  expect(storage.localPath('analyses/an_1/as_1/report.pdf')).toBe(path.join(root, 'analyses/an_1/as_1/report.pdf'));
  await storage.delete('analyses/an_1/as_1/evidence/violation-001.jpg');
  expect(await entries()).toEqual(['analyses', 'analyses/an_1', 'analyses/an_1/as_1', 'analyses/an_1/as_1/report.pdf']);
  await storage.delete('analyses/an_1/as_1/report.pdf');
  expect(await entries()).toEqual([]);
  await storage.put('a/b/c', Buffer.from('x'));
  await storage.deletePrefix('a/b');
  expect(await entries()).toEqual([]);
});

test('a file is not there until it is whole, and the old one stays until then', async () => {
  await storage.put('k', Buffer.from('old'));
  const seen: string[] = [];
  const body = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('new ');
    seen.push((await buffer(await storage.read('k'))).toString());
    yield Buffer.from('content');
  };
  await storage.put('k', Readable.from(body()));
  expect(seen).toEqual(['old']);
  expect((await buffer(await storage.read('k'))).toString()).toBe('new content');
  expect(await readdir(path.join(root, '.tmp'))).toEqual([]);
});

test('an opened file can be read to its end though it is deleted or replaced meanwhile', async () => {
  await storage.put('k', Buffer.alloc(1_000_000, 'a'));
  const stream = await storage.read('k');
  await storage.put('k', Buffer.from('b'));
  await storage.delete('k');
  expect((await buffer(stream)).equals(Buffer.alloc(1_000_000, 'a'))).toBe(true);
});

test('putting and deleting in the same folder at the same time never fails', async () => {
  // The folder is empty, and tidied away, again and again just when somebody else is about to put a file there.
  const chains = Array.from({ length: 4 }, async (_, chain) => {
    for (let turn = 0; turn < 40; turn += 1) {
      await storage.put(`x/y/${chain}`, Buffer.from('1'));
      await (turn % 4 === 0 ? storage.deletePrefix('x/y') : storage.delete(`x/y/${chain}`));
    }
  });
  await Promise.all(chains);
  expect(await entries()).toEqual([]);
});

test('a consumed file on the same file system is moved, not copied', async () => {
  const filePath = path.join(root, 'given');
  await writeFile(filePath, 'content');
  const { ino } = await stat(filePath);
  await storage.put('moved', { filePath, consume: true });
  expect((await stat(storage.localPath('moved'))).ino).toBe(ino);
});

test('temporary files of crashed processes go at the next check, young ones stay; they never count', async () => {
  await storage.check();
  const [old, young] = ['old', 'young'].map((name) => path.join(root, '.tmp', name)) as [string, string];
  await writeFile(old, 'x'.repeat(1_000));
  await writeFile(young, 'x'.repeat(1_000));
  const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
  await utimes(old, twoDaysAgo, twoDaysAgo);
  expect(await storage.usageBytes('')).toBe(0);
  await storage.check();
  expect(await readdir(path.join(root, '.tmp'))).toEqual(['young']);
});

test('check names what is wrong with the folder', async () => {
  const file = path.join(root, 'file');
  await writeFile(file, '');
  await expect(new LocalStorage(path.join(file, 'storage')).check()).rejects.toMatchObject({ code: 'storage_failed' });
});

test('a full disk is disk_full and leaves no temporary file', async ({ skip }) => {
  const disk = path.join(root, 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return skip('mounting a small file system needs root');
  }
  try {
    const small = new LocalStorage(disk);
    const refusal = small.put('big', Buffer.alloc(2_000_000));
    await expect(refusal).rejects.toMatchObject({ code: 'disk_full', retryable: true });
    expect(await readdir(path.join(disk, '.tmp'))).toEqual([]);
    await small.check();
    const filePath = path.join(root, 'given');
    await writeFile(filePath, 'from another file system');
    await small.put('moved', { filePath, consume: true });
    expect((await buffer(await small.read('moved'))).toString()).toBe('from another file system');
    await expect(readdir(root)).resolves.not.toContain('given');
  } finally {
    execFileSync('umount', [disk]);
  }
});
