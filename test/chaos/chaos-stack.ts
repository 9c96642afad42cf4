import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSql, type Sql } from '../../src/db/client.js';
import { migrate } from '../../src/db/migrate.js';
import { insertUpload } from '../../src/db/uploads.js';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { sha256File } from '../../src/shared/hash.js';
import { newId } from '../../src/shared/ids.js';
import { createLogger } from '../../src/shared/logger.js';
import { createStorage } from '../../src/storage/create-storage.js';
import { uploadKey } from '../../src/storage/keys.js';
import { testQueueSettings } from '../support/queue.js';
import { openSubmitter, workerEnvironment, type Submitter, type TestEnvironment } from '../support/worker.js';

const run = promisify(execFile);
const SAMPLE = fileURLToPath(new URL('../../samples/site-demo.mp4', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

export type ChaosStack = {
  readonly sql: Sql;
  readonly env: TestEnvironment;
  readonly submitter: Submitter;
  /** The clip that every round analyses. */
  readonly uploadId: string;
  close(): Promise<void>;
};

/** Servers, storage and the clip: everything but the workers. */
export async function openChaosStack(backend: 'redis' | 'postgres'): Promise<ChaosStack> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'hivis-chaos-'));
  const log = createLogger({ level: 'silent', name: 'chaos' });
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres'), logger: log, settings });
  const redis = backend === 'redis' ? await startRedis(path.join(folder, 'redis')) : null;
  const sql = createSql(postgres.url, { max: 4, applicationName: 'hivis-chaos' });
  await migrate(sql, MIGRATIONS, log);
  const queue = testQueueSettings(redis?.url ?? null);
  const extra = { JOB_LOCK_DURATION_MS: '1000', SEGMENT_TARGET_FRAMES: '5', MAX_SEGMENT_ATTEMPTS: '10' };
  const env = workerEnvironment({ databaseUrl: postgres.url, queue, dataDir: path.join(folder, 'data'), extra });
  const submitter = await openSubmitter(sql, env);
  return {
    ...{ sql, env, submitter },
    uploadId: await uploadClip(sql, submitter, folder),
    close: async () => {
      await submitter.close();
      await sql.end({ timeout: 5 });
      await redis?.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The sample six times over: 90 s in 24 segments. */
async function uploadClip(sql: Sql, submitter: Submitter, folder: string): Promise<string> {
  const file = path.join(folder, 'clip.mp4');
  await run('ffmpeg', ['-v', 'error', '-stream_loop', '5', '-i', SAMPLE, '-c', 'copy', file]);
  const { sha256, sizeBytes } = await sha256File(file);
  const id = newId('up');
  await createStorage(submitter.config.storage).put(uploadKey(id), { filePath: file });
  await insertUpload(sql, { id, sha256, sizeBytes, storageKey: uploadKey(id), fileName: 'clip.mp4' });
  return id;
}

async function startRedis(folder: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  await mkdir(folder, { recursive: true });
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  probe.close();
  await once(probe, 'close');
  const settings = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings], {
    stdio: 'ignore',
  });
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error as Error))]);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
