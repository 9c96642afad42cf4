/**
 * The production processes for a benchmark: Postgres, redis-server, API and workers as they run in a deployment, on
 * free ports and in a folder of their own.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSql, type Sql } from '../../src/db/client.js';
import { migrateDatabase } from '../../src/db/migrate-database.js';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { createLogger } from '../../src/shared/logger.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = path.join(ROOT, 'samples/site-demo.mp4');

export type BenchStack = {
  readonly folder: string;
  readonly apiUrl: string;
  readonly sql: Sql;
  readonly redisPid: number;
  /** Starts a worker container's worth of processes, on all cores or that many; resolves when all take jobs. */
  startWorkers(processes: number, cores?: number): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

export async function openBenchStack(): Promise<BenchStack> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'hivis-bench-'));
  const logger = createLogger({ level: 'silent', name: 'bench' });
  const postgres = await startEmbeddedPostgres({ dataDir: folder, logger });
  await migrateDatabase(postgres.url, logger);
  const redisPort = await freePort();
  const redis = start('redis-server', [
    '--port',
    String(redisPort),
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ]);
  const apiPort = await freePort();
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    DATA_DIR: folder,
    PORT: String(apiPort),
    MAX_QUEUED_PER_KEY: '1000000',
    LOG_LEVEL: 'warn',
  };
  const api = start('node', ['dist/src/api/main.js'], env);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  await until(async () => (await fetch(`${apiUrl}/readyz`)).ok, 'API');
  const sql = createSql(postgres.url, { max: 2, applicationName: 'hivis-bench' });
  const crews: ChildProcess[] = [];
  return {
    ...{ folder, apiUrl, sql, redisPid: redis.pid ?? 0 },
    startWorkers: async (processes, cores) => {
      const pinned = cores === undefined ? [] : ['taskset', '--cpu-list', `0-${cores - 1}`];
      const [command, ...args] = [...pinned, 'node', 'dist/workers/main.js'];
      const worker = start(command, args, { ...env, WORKER_PROCESSES: String(processes) });
      crews.push(worker);
      await until(async () => {
        const [row] = await sql<[{ count: number }]>`select count(*)::integer as count from workers`;
        return row.count === processes;
      }, 'workers');
      return () => end(worker);
    },
    close: async () => {
      await Promise.all([api, ...crews].map(end));
      await sql.end();
      await end(redis);
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], env: { PATH, HOME, ...env } });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export async function until(condition: () => Promise<boolean>, what: string, timeoutMs = 60_000): Promise<void> {
  const giveUpMs = Date.now() + timeoutMs;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > giveUpMs) throw new Error(`gave up waiting for ${what}`);
    await delay(100);
  }
}

/** A clip of our own sample, repeated without encoding anew. */
export function loopSample(folder: string, times: number): string {
  return makeClip(folder, `loop-${times}`, ['-stream_loop', String(times - 1), '-i', SAMPLE, '-c', 'copy']);
}

/** The beginning of our own sample. */
export function cutSample(folder: string, seconds: number): string {
  return makeClip(folder, `cut-${seconds}`, ['-i', SAMPLE, '-t', String(seconds), '-c', 'copy']);
}

/** One second, a handful of frames: what an analysis costs besides its frames. */
export function makeTinyClip(folder: string): string {
  const source = 'testsrc=size=160x96:rate=5:duration=1';
  return makeClip(folder, 'tiny', ['-f', 'lavfi', '-i', source, '-c:v', 'libx264', '-pix_fmt', 'yuv420p']);
}

function makeClip(folder: string, name: string, args: readonly string[]): string {
  const file = path.join(folder, `${name}.mp4`);
  if (spawnSync('ffmpeg', ['-v', 'error', '-y', ...args, file], { stdio: 'inherit' }).status !== 0)
    throw new Error(`ffmpeg could not make ${name}`);
  return file;
}
