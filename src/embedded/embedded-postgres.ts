import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createSql, type Sql } from '../db/client.js';
import { HivisError, toHivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { acquireDataDirLock, type DataDirLock } from './data-dir-lock.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { preparePostgresUser, run, type PostgresUser } from './postgres-user.js';
import { findPostmaster, startPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';

const ROLE = 'hivis';
const DATABASE = 'hivis';

/** One machine, many small processes; no replica will ever read the log. */
const SERVER_SETTINGS = {
  shared_buffers: '128MB',
  max_connections: '200',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  // Parallel plans need shared memory that containers grant too little of, and our queries are short.
  max_parallel_workers_per_gather: '0',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
} as const;

export type EmbeddedPostgres = {
  /** Connection string of the database `hivis`, password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Stops the server and frees the data folder; the last thing to do, after every process that uses it has ended. */
  stop(): Promise<void>;
};

/**
 * Starts (or, after a killed parent, adopts) the Postgres server of a data folder: on a free port of 127.0.0.1 with a
 * random password kept in the folder. Throws `data_dir_in_use` while another hivis uses the folder.
 * `settings` overrides server settings; tests turn durability off with it.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string;
  readonly logger: Logger;
  /** The caller's own lock on the folder; unset: one is taken here, and freed by `stop`. */
  readonly lock?: DataDirLock;
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const ownLock = options.lock === undefined ? await acquireDataDirLock(dataDir) : undefined;
  try {
    const files = serverFiles(dataDir);
    const binaries = findPostgresBinaries();
    const user = await preparePostgresUser(files.folder, binaries.initdb);
    if (!existsSync(files.pgData)) await initialise(files, binaries, user);
    checkVersion(files, await readMajorVersion(user, binaries));
    const password = readPassword(files);
    const start = (): Promise<Postmaster> =>
      startPostmaster({
        user,
        program: binaries.postgres,
        pgData: files.pgData,
        logFile: files.log,
        settings: { ...SERVER_SETTINGS, ...options.settings },
        logger: options.logger,
      });
    const server = await adoptOrStart(files, password, start, options.logger);
    writeFileSync(files.port, `${server.port}\n`);
    options.logger.info({ port: server.port, serverPid: server.pid }, 'embedded postgres is ready');
    return {
      url: connectionUrl(server.port, password, DATABASE),
      port: server.port,
      pid: server.pid,
      async stop() {
        await stopPostmaster(files.pgData, server.pid);
        rmSync(files.port, { force: true });
        await ownLock?.release();
      },
    };
  } catch (error) {
    await ownLock?.release();
    throw toHivisError(error);
  }
}

type ServerFiles = ReturnType<typeof serverFiles>;

function serverFiles(dataDir: string) {
  const folder = path.join(dataDir, 'postgres');
  return {
    folder,
    pgData: path.join(folder, 'data'),
    password: path.join(folder, 'password'),
    port: path.join(folder, 'port'),
    log: path.join(folder, 'server.log'),
  };
}

/** The data folder appears complete or not at all, so that a start killed in here leaves nothing half made. */
async function initialise(files: ServerFiles, binaries: PostgresBinaries, user: PostgresUser): Promise<void> {
  const draft = `${files.pgData}.new`;
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(files.password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  user.own(files.password);
  const auth = ['--auth=scram-sha-256', `--username=${ROLE}`, `--pwfile=${files.password}`];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await run(user, binaries.initdb, ['-D', draft, '--no-instructions', ...auth, ...locale]);
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new HivisError(
      'database_unavailable',
      `The embedded Postgres cannot create its data in ${files.pgData}:\n${output}`,
      {
        cause,
      },
    );
  }
  renameSync(draft, files.pgData);
}

async function readMajorVersion(user: PostgresUser, binaries: PostgresBinaries): Promise<string> {
  const { stdout } = await run(user, binaries.postgres, ['--version']);
  return /\d+/.exec(stdout)?.[0] ?? '';
}

function checkVersion(files: ServerFiles, programVersion: string): void {
  const dataVersion = readFileSync(path.join(files.pgData, 'PG_VERSION'), 'utf8').trim();
  if (dataVersion === programVersion) return;
  throw new HivisError(
    'database_unavailable',
    `The data in ${files.pgData} was written by Postgres ${dataVersion}, and this hivis brings Postgres ${programVersion}. Dump it with the earlier hivis version and load it into a new DATA_DIR, or go back to that version.`,
    { details: { dataVersion, programVersion } },
  );
}

function readPassword(files: ServerFiles): string {
  try {
    return readFileSync(files.password, 'utf8').trim();
  } catch (cause) {
    throw new HivisError(
      'database_unavailable',
      `The password of the embedded database, ${files.password}, cannot be read. Put it back from a backup, or move ${files.pgData} away to begin with an empty database.`,
      { cause },
    );
  }
}

/** A server that outlived its killed parent is taken over when it answers, and replaced when it does not. */
async function adoptOrStart(
  files: ServerFiles,
  password: string,
  start: () => Promise<Postmaster>,
  logger: Logger,
): Promise<Postmaster> {
  const running = await findPostmaster(files.pgData);
  if (running !== undefined) {
    try {
      await ensureDatabase(running.port, password);
      logger.warn({ serverPid: running.pid }, 'adopted an embedded postgres whose parent was killed');
      return running;
    } catch (error) {
      logger.warn({ err: error, serverPid: running.pid }, 'a running embedded postgres does not answer, restarting it');
      await stopPostmaster(files.pgData, running.pid);
    }
  }
  const server = await start();
  try {
    await ensureDatabase(server.port, password);
    return server;
  } catch (error) {
    await stopPostmaster(files.pgData, server.pid);
    throw error;
  }
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const sql = createSql(connectionUrl(port, password, 'postgres'), { max: 1, applicationName: 'hivis-embedded' });
  try {
    await createDatabaseOnce(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function createDatabaseOnce(sql: Sql): Promise<void> {
  const found = await sql`select from pg_database where datname = ${DATABASE}`;
  if (found.length === 0) await sql`create database ${sql(DATABASE)}`;
}

function connectionUrl(port: number, password: string, database: string): string {
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/${database}`;
}
