import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireDataDirLock, readDataDirLock } from '../../../src/embedded/data-dir-lock.js';
import { identifyProcess } from '../../../src/embedded/process-identity.js';

let dataDir: string;
let lockFile: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'hivis-lock-'));
  lockFile = path.join(dataDir, 'hivis.lock');
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('acquireDataDirLock', () => {
  it('lets one of many in, and the next one after its release', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => acquireDataDirLock(dataDir)));
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const attempt of attempts)
      if (attempt.status === 'rejected')
        expect(attempt.reason).toMatchObject({ code: 'data_dir_in_use', details: { pid: process.pid, url: null } });
    await winners[0]?.value.release();
    expect(await readdir(dataDir)).toEqual([]);
    await (await acquireDataDirLock(dataDir)).release();
  });

  it('tells others where the service is', async () => {
    expect(await readDataDirLock(dataDir)).toBeUndefined();
    const lock = await acquireDataDirLock(dataDir);
    expect(await readDataDirLock(dataDir)).toEqual({ pid: process.pid, url: null });
    await lock.publishUrl('http://127.0.0.1:3000');
    expect(await readDataDirLock(dataDir)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:3000' });
    await expect(acquireDataDirLock(dataDir)).rejects.toThrow('http://127.0.0.1:3000');
    await lock.release();
    expect(await readDataDirLock(dataDir)).toBeUndefined();
  });

  it.each([
    ['a dead process', () => ({ ...identifyProcess(process.pid), pid: 2 ** 22 + 1 })],
    ['a process whose number was given to another', () => ({ ...identifyProcess(process.pid), startedAt: 'earlier' })],
  ])('takes over from %s', async (_who, holder) => {
    await writeFile(lockFile, JSON.stringify({ ...holder(), url: null, token: 'x' }));
    expect(await readDataDirLock(dataDir)).toBeUndefined();
    const lock = await acquireDataDirLock(dataDir);
    expect(await readDataDirLock(dataDir)).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('takes over half a file', async () => {
    await writeFile(lockFile, '{"pid":');
    await (await acquireDataDirLock(dataDir)).release();
  });

  it('lets one of many take over a stale lock', async () => {
    await writeFile(
      lockFile,
      JSON.stringify({ ...identifyProcess(process.pid), pid: 2 ** 22 + 1, url: null, token: 'x' }),
    );
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => acquireDataDirLock(dataDir)));
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
  });

  it('judges a holder in another container by whether it still touches the file', async () => {
    const foreign = JSON.stringify({ pid: process.pid, startedAt: null, pidSpace: 'elsewhere', url: null, token: 'x' });
    await writeFile(lockFile, foreign);
    const touch = setInterval(() => void utimes(lockFile, new Date(), new Date()).catch(() => undefined), 300);
    await expect(acquireDataDirLock(dataDir)).rejects.toMatchObject({ code: 'data_dir_in_use' });
    clearInterval(touch);
    await writeFile(lockFile, foreign);
    const lock = await acquireDataDirLock(dataDir);
    await lock.release();
  });

  it('does not remove the lock of somebody who took over', async () => {
    const lost = await acquireDataDirLock(dataDir);
    const other = JSON.stringify({ ...identifyProcess(process.pid), url: null, token: 'other' });
    await writeFile(lockFile, other);
    await lost.publishUrl('http://127.0.0.1:1');
    await lost.release();
    expect(await readDataDirLock(dataDir)).toEqual({ pid: process.pid, url: null });
  });
});
