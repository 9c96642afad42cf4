import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { loadConfig, type Config } from '../../src/config/config.js';
import { insertAnalysis, type AnalysisRow, type NewAnalysis } from '../../src/db/analyses.js';
import type { Sql } from '../../src/db/client.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createProducer, type Producer } from '../../src/queue/producer.js';
import { newId } from '../../src/shared/ids.js';
import { createLogger } from '../../src/shared/logger.js';
import { isChildReport } from '../../src/shared/parent-process.js';
import { startWorkerProcess, type WorkerProcess } from '../../workers/wiring.js';
import { openTestQueue, type QueueSettings } from './queue.js';

export type TestEnvironment = Readonly<Record<string, string>>;

/** The environment of the workers of one test: own database, own queue namespace, own data folder. */
export function workerEnvironment(options: {
  readonly databaseUrl: string;
  readonly queue: QueueSettings;
  readonly dataDir: string;
  readonly extra?: TestEnvironment | undefined;
}): TestEnvironment {
  const { redis, prefix } = options.queue;
  return {
    DATABASE_URL: options.databaseUrl,
    DATABASE_POOL_SIZE: '4',
    ...(redis?.kind === 'single' ? { REDIS_URL: redis.url } : {}),
    QUEUE_PREFIX: prefix,
    DATA_DIR: options.dataDir,
    MODELS_DIR: fileURLToPath(new URL('../../models', import.meta.url)),
    URL_ALLOW_PRIVATE: 'true',
    WORKER_PROCESSES: '1',
    LOG_LEVEL: 'silent',
    // A killed worker's jobs are taken over within seconds.
    JOB_LOCK_DURATION_MS: '2000',
    RECONCILE_INTERVAL_MS: '2000',
    SHUTDOWN_GRACE_MS: '10000',
    ...options.extra,
  };
}

/** What a test needs beside the workers: the queue as the API sees it. */
export type Submitter = {
  readonly config: Config;
  readonly producer: Producer;
  submit(analysis: Partial<NewAnalysis>): Promise<AnalysisRow>;
  close(): Promise<void>;
};

export async function openSubmitter(sql: Sql, env: TestEnvironment): Promise<Submitter> {
  const config = loadConfig(env);
  const backend: QueueBackend = await openTestQueue(config.queue, env['DATABASE_URL'] ?? '');
  const producer = createProducer(backend);
  return {
    config,
    producer,
    submit: async (analysis) => {
      const { row } = await insertAnalysis(sql, {
        id: newId('an'),
        name: 'test',
        settings: testSettings(),
        ...analysis,
      });
      await producer.enqueueIngest(row);
      return row;
    },
    close: async () => {
      await producer.close();
      await backend.close();
    },
  };
}

export function testSettings(): NewAnalysis['settings'] {
  return { everyNFrames: 5, sampleFps: null, imageSize: 320, modelId: 'ppe-yolov8n', rules: DEFAULT_RULES };
}

/** A worker inside the test's own process. */
export function startLocalWorker(env: TestEnvironment): Promise<WorkerProcess> {
  return startWorkerProcess(loadConfig(env), createLogger({ level: env['LOG_LEVEL'] ?? 'silent', name: 'worker' }));
}

export type SpawnedWorker = {
  readonly pid: number;
  readonly child: ChildProcess;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
  /** What it has logged so far. */
  log(): string;
};

/** A worker as a real process. Resolves when it takes jobs. */
export async function spawnWorker(env: TestEnvironment, args: readonly string[] = []): Promise<SpawnedWorker> {
  // `npm test` has built everything before and says so; else the sources are run, which takes longer to start.
  const isBuilt = process.env['HIVIS_BUILT'] === '1';
  const file = isBuilt ? '../../dist/workers/main.js' : '../../workers/main.ts';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: isBuilt ? [] : ['--import', 'tsx'],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit');
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if (!isChildReport(message)) return;
      if (message.kind === 'ready') resolve();
      else reject(new Error(`${message.code}: ${message.message}`));
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`worker ended: ${code ?? signal ?? 'unknown'}\n${output.join('')}`)),
    );
    child.once('error', reject);
  });
  if (child.pid === undefined) throw new Error('worker has no pid');
  return { pid: child.pid, child, exited, kill: (signal) => void child.kill(signal), log: () => output.join('') };
}

/** Ends spawned workers for good, whatever state they are in. */
export async function killWorkers(workers: readonly SpawnedWorker[]): Promise<void> {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(workers.map((worker) => worker.exited));
}

/** The report without ids and clock times: a pure function of source, model and settings. */
export function timelessReport(json: string): unknown {
  const report = JSON.parse(json) as { analysis: object };
  return {
    ...report,
    generatedAt: null,
    analysis: { ...report.analysis, id: null, assessmentId: null, createdAt: null },
  };
}
