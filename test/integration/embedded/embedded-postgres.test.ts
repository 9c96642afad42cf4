import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSql } from '../../../src/db/client.js';
import { acquireDataDirLock } from '../../../src/embedded/data-dir-lock.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/embedded/embedded-postgres.js';
import { isPidAlive } from '../../../src/embedded/process-identity.js';
import { createLogger } from '../../../src/shared/logger.js';
import { startLeftoverGuard, type LeftoverGuard } from '../../support/leftover-guard.js';
import { waitFor } from '../../support/wait-for.js';

const HOLDER = fileURLToPath(new URL('hold-postgres.ts', import.meta.url));
const logger = createLogger({ level: 'silent', name: 'test' });
/** Stopped after its first start; every test works on a copy, because making one takes seconds. */
let pristineDir: string;
let dataDir: string;
let guard: LeftoverGuard;
let servers: EmbeddedPostgres[];
let holders: ChildProcess[];

beforeAll(async () => {
  pristineDir = await mkdtemp(path.join(tmpdir(), 'hivis-embedded-'));
  const pristineGuard = startLeftoverGuard(pristineDir);
  const server = await startEmbeddedPostgres({ dataDir: pristineDir, logger, settings: { fsync: 'off' } });
  pristineGuard.watch(server.pid);
  await server.stop();
  pristineGuard.dismiss();
});
afterAll(() => rm(pristineDir, { recursive: true, force: true }));

beforeEach(async () => {
  dataDir = `${await mkdtemp(path.join(tmpdir(), 'hivis-embedded-'))}/data`;
  // Owners matter: the server's user is not ours when we are root.
  execFileSync('cp', ['-a', pristineDir, dataDir]);
  guard = startLeftoverGuard(path.dirname(dataDir));
  servers = [];
  holders = [];
});
afterEach(async () => {
  await Promise.all(holders.map((holder) => kill(holder)));
  // Whatever a test left running is adopted and stopped by its folder's next user.
  if (existsSync(path.join(dataDir, 'postgres', 'data', 'postmaster.pid')) && servers.length === 0) await start();
  for (const server of servers) await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
  guard.dismiss();
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, logger, settings: { fsync: 'off' } });
  servers.push(server);
  guard.watch(server.pid);
  return server;
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  servers = servers.filter((other) => other !== server);
  await server.stop();
}

type Told = { readonly url?: string; readonly pid?: number; readonly code?: string; readonly message?: string };

/** Another process with a group of its own, as a shell starts one. */
async function startHolder(): Promise<{ readonly child: ChildProcess; readonly told: Told }> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const told = JSON.parse(line) as Told;
  if (told.pid !== undefined) guard.watch(told.pid);
  return { child, told };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const sql = createSql(url, { max: 1, applicationName: 'test' });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 5 });
  }
}

describe('startEmbeddedPostgres', () => {
  it('keeps its data and its password over a restart, readable for nobody else', async () => {
    const first = await start();
    await query(first.url, 'create table kept (id integer); insert into kept values (7)');
    expect(await query(first.url, 'show shared_buffers')).toEqual([{ sharedBuffers: '128MB' }]);
    expect(await query(first.url, `select 'Ü' ilike 'ü' as folds`)).toEqual([{ folds: true }]);
    await stop(first);
    expect(isPidAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'select id from kept')).toEqual([{ id: 7 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(second.port).toBe(Number(await readFile(path.join(dataDir, 'postgres', 'port'), 'utf8')));
    expect(statSync(path.join(dataDir, 'postgres', 'password')).mode & 0o077).toBe(0);
    expect(statSync(path.join(dataDir, 'postgres')).mode & 0o077).toBe(0);
    const wrong = second.url.replace(/:[0-9a-f]+@/, ':guess@');
    await expect(query(wrong, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('refuses a folder that another process uses, and names it', async () => {
    const { child, told } = await startHolder();
    await expect(start()).rejects.toMatchObject({ code: 'data_dir_in_use', details: { pid: child.pid } });
    await expect(start()).rejects.toThrow(`process ${child.pid ?? 0}`);
    expect(await query(told.url ?? '', 'select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('runs under the lock that its caller holds, and leaves it to him', async () => {
    const lock = await acquireDataDirLock(dataDir);
    const server = await startEmbeddedPostgres({ dataDir, logger, lock });
    guard.watch(server.pid);
    await server.stop();
    await expect(acquireDataDirLock(dataDir)).rejects.toMatchObject({ code: 'data_dir_in_use' });
    await lock.release();
  });

  it('adopts the server of a killed parent', async () => {
    const { child, told } = await startHolder();
    await query(told.url ?? '', 'create table kept (id integer)');
    await kill(child);
    const adopted = await start();
    expect(adopted.pid).toBe(told.pid);
    expect(await query(adopted.url, 'select * from kept')).toEqual([]);
    await stop(adopted);
    expect(isPidAlive(adopted.pid)).toBe(false);
  });

  it('recovers when parent and server were both killed', async () => {
    const { child, told } = await startHolder();
    await query(told.url ?? '', 'create table kept (id integer); checkpoint; insert into kept values (1)');
    const serverPid = told.pid ?? 0;
    await kill(child);
    process.kill(serverPid, 'SIGKILL');
    await waitFor(() => !isPidAlive(serverPid), { timeoutMs: 10_000 });
    const server = await start();
    expect(server.pid).not.toBe(serverPid);
    expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }]);
  });

  it('is not misled by a pid that belongs to another program by now', async () => {
    const server = await start();
    await stop(server);
    const pidFile = path.join(dataDir, 'postgres', 'data', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${path.dirname(pidFile)}\n1\n5432\n\n127.0.0.1\n1 2\nready   \n`);
    await writeFile(
      path.join(dataDir, 'hivis.lock'),
      JSON.stringify({ pid: 1, startedAt: 'long ago', pidSpace: 'x', url: null }),
    );
    const again = await start();
    expect(again.pid).not.toBe(process.pid);
    expect(await query(again.url, 'select 1 as alive')).toEqual([{ alive: 1 }]);
  });

  it('does not get the Ctrl-C of its terminal', async () => {
    const { child, told } = await startHolder();
    process.kill(-(child.pid ?? 0), 'SIGINT');
    // Postgres would answer SIGINT with a fast shutdown within milliseconds; several round trips outlast that.
    for (let round = 0; round < 10; round += 1)
      expect(await query(told.url ?? '', 'select 1 as alive')).toEqual([{ alive: 1 }]);
    expect(isPidAlive(told.pid ?? 0)).toBe(true);
    expect(child.exitCode).toBeNull();
  });

  it('lets one of two starters in', async () => {
    const holdersTold = await Promise.all([startHolder(), startHolder()]);
    expect(holdersTold.map(({ told }) => told.code ?? 'started').sort()).toEqual(['data_dir_in_use', 'started']);
  });

  it('says what to do about data of another Postgres version, and about a lost password', async () => {
    await stop(await start());
    const versionFile = path.join(dataDir, 'postgres', 'data', 'PG_VERSION');
    const version = await readFile(versionFile, 'utf8');
    await writeFile(versionFile, '9\n');
    await expect(start()).rejects.toMatchObject({ code: 'database_unavailable', details: { dataVersion: '9' } });
    await writeFile(versionFile, version);
    await rm(path.join(dataDir, 'postgres', 'password'));
    await expect(start()).rejects.toThrow(/password of the embedded database/);
  });

  it('tells the last lines of a server that cannot start', async () => {
    await stop(await start());
    await writeFile(path.join(dataDir, 'postgres', 'data', 'postgresql.auto.conf'), 'no_such_setting = 1\n');
    await expect(start()).rejects.toThrow(/no_such_setting/);
  });
});
