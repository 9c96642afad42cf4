import { createReadStream, statSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getAnalysis, type AnalysisRow } from '../../src/db/analyses.js';
import { findDefaultAssessment, getReport } from '../../src/db/assessments.js';
import { createStorage } from '../../src/storage/create-storage.js';
import type { Storage } from '../../src/storage/storage.js';
import { createTestDatabase, type TestDatabase } from './postgres.js';
import { testQueueSettings, type QueueSettings } from './queue.js';
import { startVideoServer, type Behaviour, type VideoServer } from './video-server.js';
import { waitFor } from './wait-for.js';
import {
  killWorkers,
  openSubmitter,
  spawnWorker,
  timelessReport,
  workerEnvironment,
  type SpawnedWorker,
  type Submitter,
  type TestEnvironment,
} from './worker.js';

/** 15 s, 12 fps, a key frame every 48 frames. */
export const SAMPLE = fileURLToPath(new URL('../../samples/site-demo.mp4', import.meta.url));

/** Database, queue, storage and a server with the sample: everything of one test but the workers. */
export type TestStack = {
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly server: VideoServer;
  readonly storage: Storage;
  readonly submitter: Submitter;
  readonly env: TestEnvironment;
  spawn(extra?: TestEnvironment): Promise<SpawnedWorker>;
  /** Waits for the end of an analysis, good or bad. */
  ended(id: string, timeoutMs?: number): Promise<AnalysisRow>;
  /** The report of the default assessment, without ids and clock times. */
  report(id: string): Promise<unknown>;
  close(): Promise<void>;
};

export async function openTestStack(options: {
  readonly redisUrl: string | null;
  readonly env?: TestEnvironment;
  readonly pages?: Readonly<Record<string, Behaviour>>;
}): Promise<TestStack> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-worker-'));
  const server = await startVideoServer({ '/site-demo.mp4': sendSample, ...options.pages });
  const queue: QueueSettings = testQueueSettings(options.redisUrl);
  const env = workerEnvironment({ databaseUrl: database.url, queue, dataDir, extra: options.env });
  const submitter = await openSubmitter(database.sql, env);
  const spawned: SpawnedWorker[] = [];
  return {
    ...{ database, dataDir, server, submitter, env },
    storage: createStorage(submitter.config.storage),
    spawn: async (extra = {}) => {
      const worker = await spawnWorker({ ...env, ...extra });
      spawned.push(worker);
      return worker;
    },
    ended: (id, timeoutMs = 50_000) =>
      waitFor(
        async () => {
          const row = await getAnalysis(database.sql, id);
          return row.finishedAt === null ? undefined : row;
        },
        { timeoutMs, what: `the end of ${id}` },
      ),
    report: async (id) => {
      const assessment = await findDefaultAssessment(database.sql, id);
      return timelessReport((await getReport(database.sql, assessment?.id ?? '')) ?? 'null');
    },
    close: async () => {
      await killWorkers(spawned);
      await submitter.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

function sendSample(...[, response]: Parameters<Behaviour>): void {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': statSync(SAMPLE).size });
  createReadStream(SAMPLE).pipe(response);
}

/**
 * A stand-in for ffmpeg that runs `prelude` (shell; the arguments are "$*") before the real one, to count, slow down or
 * break what workers do.
 */
export async function wrapFfmpeg(folder: string, prelude: string): Promise<string> {
  const file = path.join(folder, 'ffmpeg-wrapper.sh');
  await writeFile(file, `#!/bin/sh\n${prelude}\nexec ffmpeg "$@"\n`);
  await chmod(file, 0o755);
  return file;
}
