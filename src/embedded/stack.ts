import path from 'node:path';
import type { Config } from '../config/config.js';
import { HivisError } from '../shared/errors.js';
import { createLogger, type Logger } from '../shared/logger.js';
import { countUsableCores } from '../shared/usable-cores.js';
import { createChildOutput, type LogRecord } from './child-output.js';
import { acquireDataDirLock, type DataDirLock } from './data-dir-lock.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { assertPortFree, waitUntilReady } from './http-wait.js';
import { migrateDatabase } from '../db/migrate-database.js';
import { openLogFile, type LogFile } from './log-file.js';
import { isPidAlive } from './process-identity.js';
import { DEFAULT_RESTART_POLICY } from './restart-policy.js';
import { createChildPort, type Environment } from './spawn-child.js';
import { superviseChild, type ChildEvent, type SupervisedChild } from './supervised-child.js';

export type StackEvent =
  | { readonly kind: 'step'; readonly step: 'database' | 'migrations' | 'processes' }
  | { readonly kind: 'log'; readonly record: LogRecord }
  | ChildEvent;

export type StackOptions = {
  readonly config: Config;
  /** What the children see as their environment; the stack adds where the database and the files are. */
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StackEvent) => void;
};

export type Stack = {
  readonly url: string;
  readonly workerCount: number;
  /** Rejects when a child keeps crashing; never resolves. */
  readonly failure: Promise<never>;
  /** API, then workers, then Postgres; whoever outlives the grace is ended by force. */
  stop(): Promise<void>;
  /** Ends every child at once (second Ctrl-C); `stop` still has to be awaited for Postgres. */
  killChildren(): void;
};

const READY_TIMEOUT_MS = 60_000;
/** On top of the workers' own grace, so that they end themselves before we do it. */
const EXTRA_GRACE_MS = 6_000;
const DATABASE_WATCH_MS = 2_000;
const API_GRACE_MS = 13_000;

/**
 * Postgres (unless DATABASE_URL names one), migrations, API and workers. Either all of it runs when this returns, or
 * nothing does.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo = createUndoList();
  try {
    return await start(options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function start(options: StackOptions, undo: UndoList): Promise<Stack> {
  const { config, signal, onEvent } = options;
  const lock = await acquireDataDirLock(config.dataDir);
  undo.add(() => lock.release());
  await assertPortFree(config.http.host, config.http.port);
  const logsDir = path.join(config.dataDir, 'logs');
  const openLog = (name: string): LogFile => {
    const file = openLogFile(path.join(logsDir, `${name}.log`));
    undo.add(() => file.close());
    return file;
  };
  const logger = createFileLogger(openLog('stack'), config.logLevel);

  signal.throwIfAborted();
  const failure = createFailure();
  const databaseUrl = config.database.url ?? (await startDatabase(options, { lock, logger, undo, fail: failure.fail }));
  signal.throwIfAborted();
  onEvent({ kind: 'step', step: 'migrations' });
  await migrateDatabase(databaseUrl, logger);

  signal.throwIfAborted();
  onEvent({ kind: 'step', step: 'processes' });
  const children = startChildren({ ...options, databaseUrl, openLog, logger, fail: failure.fail });
  undo.add(() => children.stopWorkers());
  undo.add(() => children.stopApi());
  const url = await Promise.race([children.ready(), failure.promise, rejectOnAbort(signal)]);
  await Promise.race([waitUntilReady(url, READY_TIMEOUT_MS, signal), failure.promise]);
  await lock.publishUrl(url);
  logger.info({ url, workers: children.workerCount }, 'stack is up');
  return {
    url,
    workerCount: children.workerCount,
    failure: failure.promise,
    stop: () => undo.run(),
    killChildren: () => children.killAll(),
  };
}

async function startDatabase(
  options: StackOptions,
  parts: { readonly lock: DataDirLock; readonly logger: Logger; readonly undo: UndoList; readonly fail: Fail },
): Promise<string> {
  options.onEvent({ kind: 'step', step: 'database' });
  const postgres = await startEmbeddedPostgres({
    dataDir: options.config.dataDir,
    logger: parts.logger.child({ part: 'postgres' }),
    lock: parts.lock,
  });
  parts.undo.add(() => postgres.stop());
  const watch = setInterval(() => {
    if (!isPidAlive(postgres.pid)) parts.fail(databaseGone(options.config.dataDir));
  }, DATABASE_WATCH_MS);
  parts.undo.add(() => clearInterval(watch));
  return postgres.url;
}

function databaseGone(dataDir: string): HivisError {
  return new HivisError(
    'database_unavailable',
    `The embedded Postgres has ended unexpectedly; ${path.join(dataDir, 'postgres', 'server.log')} may say why. Nothing is lost: start hivis again.`,
  );
}

type ChildrenOptions = StackOptions & {
  readonly databaseUrl: string;
  readonly openLog: (name: string) => LogFile;
  readonly logger: Logger;
  readonly fail: Fail;
};

function startChildren(options: ChildrenOptions) {
  const { config, onEvent } = options;
  const env = childEnvironment(options);
  const supervise = (name: string, entry: 'api' | 'worker', childEnv: Environment): SupervisedChild =>
    superviseChild({
      name,
      port: createChildPort(entry, childEnv),
      policy: DEFAULT_RESTART_POLICY,
      output: createChildOutput({
        name,
        file: options.openLog(name),
        nowMs: () => Date.now(),
        onLine: (record) => onEvent({ kind: 'log', record }),
      }),
      nowMs: () => Date.now(),
      onEvent: (event) => {
        onEvent(event);
        logChildEvent(options.logger, event);
        if (event.kind === 'gave_up') options.fail(event.error);
      },
    });

  const workerCount = config.worker.processes === 0 ? countUsableCores() : config.worker.processes;
  const api = supervise('api', 'api', env);
  const workers = Array.from({ length: workerCount }, (_unused, index) =>
    supervise(`worker-${index + 1}`, 'worker', { ...env, WORKER_PROCESSES: '1' }),
  );
  const workerGraceMs = config.worker.shutdownGraceMs + EXTRA_GRACE_MS;
  return {
    workerCount,
    /** The URL of the API, once it and every worker are up. */
    async ready(): Promise<string> {
      const [url] = await Promise.all([api.ready, ...workers.map((worker) => worker.ready)]);
      return url ?? `http://${config.http.host}:${config.http.port}`;
    },
    stopApi: () => api.stop(API_GRACE_MS),
    stopWorkers: async () => {
      await Promise.all(workers.map((worker) => worker.stop(workerGraceMs)));
    },
    killAll: () => [api, ...workers].forEach((child) => child.killNow()),
  };
}

function logChildEvent(logger: Logger, event: ChildEvent): void {
  const child = event.name;
  if (event.kind === 'started') logger.info({ child, childPid: event.pid }, 'child started');
  if (event.kind === 'ready') logger.info({ child }, 'child ready');
  if (event.kind === 'restarting') logger.warn({ child, reason: event.reason, delayMs: event.delayMs }, 'child ended');
  if (event.kind === 'gave_up') logger.error({ child, err: event.error }, 'child given up');
}

/** Paths become absolute, as children must not depend on where we were started. */
function childEnvironment({ config, env, databaseUrl }: ChildrenOptions): Environment {
  return {
    ...env,
    DATABASE_URL: databaseUrl,
    DATA_DIR: config.dataDir,
    MODELS_DIR: config.models.dir,
    HOST: config.http.host,
    PORT: String(config.http.port),
  };
}

function createFileLogger(file: LogFile, level: string): Logger {
  return createLogger({ level, name: 'stack' }, { write: (line: string) => file.write(line.trimEnd()) });
}

type Fail = (error: Error) => void;

/** Rejects when something ends that must not. Nobody may be waiting for it at that moment. */
function createFailure(): { readonly promise: Promise<never>; readonly fail: Fail } {
  let fail: Fail = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => (fail = reject));
  promise.catch(() => undefined);
  return { promise, fail };
}

type UndoList = { add(action: () => void | Promise<void>): void; run(): Promise<void> };

/** What has been started, to be ended in reverse order, once, whatever fails on the way. */
function createUndoList(): UndoList {
  const actions: (() => void | Promise<void>)[] = [];
  let running: Promise<void> | null = null;
  async function runAll(): Promise<void> {
    let firstError: unknown;
    for (let action = actions.pop(); action !== undefined; action = actions.pop()) {
      try {
        await action();
      } catch (error) {
        firstError ??= error;
      }
    }
    if (firstError !== undefined) throw firstError as Error;
  }
  return {
    add: (action) => void actions.push(action),
    run: () => (running ??= runAll()),
  };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
