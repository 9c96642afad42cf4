import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { isPidAlive, readCommandLine } from './process-identity.js';
import type { PostgresUser } from './postgres-user.js';

const POLL_MS = 25;
const STILL_STARTING_MS = 10_000;
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;
/** Children of a killed server notice its death by themselves. */
const ORPHANS_END_MS = 5_000;
const LOG_MAX_BYTES = 10 * 1024 * 1024;
/** Another program took the port, or the processes of a killed server are still ending. */
const PASSING_FAILURE = /could not bind|already in use|shared memory block|could not create any TCP/;
const START_ATTEMPTS = 8;

export type Postmaster = { readonly pid: number; readonly port: number };

export type StartSettings = {
  readonly user: PostgresUser;
  readonly program: string;
  readonly pgData: string;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;
};

/** The server that runs on a data folder, whoever started it; undefined when none does. Waits for one that is ending. */
export async function findPostmaster(pgData: string): Promise<Postmaster | undefined> {
  const found = readPidFile(pgData);
  if (found === undefined || !isServerOf(found.pid, pgData)) return undefined;
  if (await waitForStatus(pgData, found.pid, () => isServerOf(found.pid, pgData))) {
    const ready = readPidFile(pgData);
    if (ready !== undefined) return { pid: ready.pid, port: ready.port };
  }
  return undefined;
}

/** Starts a server on a free port of 127.0.0.1, in its own process group: Ctrl-C in a terminal does not reach it. */
export async function startPostmaster(options: StartSettings): Promise<Postmaster> {
  await removeMisleadingPidFile(options.pgData);
  rotateLog(options.logFile);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const logStart = existsSync(options.logFile) ? statSync(options.logFile).size : 0;
    const child = spawnServer(options, port);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
    });
    const pid = child.pid;
    if (
      pid !== undefined &&
      (await waitForStatus(
        options.pgData,
        pid,
        () => child.exitCode === null && child.signalCode === null,
        options.logger,
      ))
    ) {
      child.unref();
      return { pid, port };
    }
    const reason = await exited;
    const output = readFileSync(options.logFile, 'utf8').slice(logStart);
    if (attempt >= START_ATTEMPTS || !PASSING_FAILURE.test(output)) throw startFailed(reason, output, options.logFile);
    options.logger.warn({ attempt, reason }, 'embedded postgres did not start, trying again');
    await delay(250 * attempt);
  }
}

/** Stops the server: 'fast' (open transactions are rolled back), and at once when that takes too long. */
export async function stopPostmaster(pgData: string, pid: number): Promise<void> {
  const gone = (): boolean => !isPidAlive(pid) || readPidFile(pgData)?.pid !== pid;
  signal(pid, 'SIGINT');
  if (await waitFor(gone, FAST_STOP_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await waitFor(gone, IMMEDIATE_STOP_MS)) return;
  throw new HivisError('database_unavailable', `The embedded Postgres (process ${pid}) does not stop. End it by hand.`);
}

function spawnServer(options: StartSettings, port: number): ChildProcess {
  const settings = Object.entries({
    ...options.settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  });
  const args = ['-D', options.pgData, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const [command = options.program, ...rest] = [...options.user.prefix, options.program, ...args];
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    return spawn(command, rest, { ...options.user.spawnOptions, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** True as soon as the pid file says `ready`; false when the process has ended before. Recovery may take minutes. */
async function waitForStatus(pgData: string, pid: number, isAlive: () => boolean, logger?: Logger): Promise<boolean> {
  let nextWordMs = Date.now() + STILL_STARTING_MS;
  while (isAlive()) {
    const state = readPidFile(pgData);
    if (state?.pid === pid && state.status === 'ready') return true;
    if (Date.now() > nextWordMs) {
      logger?.info({ pid }, 'embedded postgres is still starting');
      nextWordMs += STILL_STARTING_MS;
    }
    await delay(POLL_MS);
  }
  return false;
}

type PidFile = { readonly pid: number; readonly port: number; readonly status: string };

/** Line 1 is the pid, 4 the port, 8 the state: `starting`, `ready`, `stopping`, `standby`. */
function readPidFile(pgData: string): PidFile | undefined {
  try {
    const lines = readFileSync(path.join(pgData, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() };
  } catch {
    return undefined;
  }
}

function isServerOf(pid: number, pgData: string): boolean {
  return isPidAlive(pid) && runsOn(readCommandLine(pid) ?? '', pgData);
}

/** With a blank behind, so that `data` is not taken for `data2`. */
function runsOn(commandLine: string, pgData: string): boolean {
  return `${commandLine} `.includes(`-D ${pgData} `);
}

/**
 * After `kill -9` the pid file stays, and its number may belong to another program by now (in a container: nearly
 * always) or to a dead process that nobody collected; Postgres would refuse to start. The file also guards against
 * server processes that outlived their parent, so it goes only when no process works in the data folder.
 */
async function removeMisleadingPidFile(pgData: string): Promise<void> {
  const stale = readPidFile(pgData);
  if (stale === undefined || process.platform !== 'linux' || !existsSync(`/proc/${stale.pid}`)) return;
  if (await waitFor(() => !hasProcessesOf(pgData), ORPHANS_END_MS))
    rmSync(path.join(pgData, 'postmaster.pid'), { force: true });
}

function hasProcessesOf(pgData: string): boolean {
  return readdirSync('/proc').some((name) => {
    const words = /^\d+$/.test(name) ? readCommandLine(Number(name)) : undefined;
    if (words === undefined) return false;
    // Children of the server show `postgres: …` instead of arguments, but every one works in its data folder.
    return runsOn(words, pgData) || (words.startsWith('postgres: ') && mayWorkIn(Number(name), pgData));
  });
}

function mayWorkIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    // It is another user's and we may not look (root without all its powers): better to wait in vain than to be wrong.
    return isPidAlive(pid);
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new HivisError('port_taken', 'No free port on 127.0.0.1');
  return address.port;
}

function rotateLog(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > LOG_MAX_BYTES) renameSync(logFile, `${logFile}.1`);
}

function startFailed(reason: string, output: string, logFile: string): HivisError {
  const tail = output.trim().split('\n').slice(-8).join('\n  ');
  return new HivisError(
    'database_unavailable',
    `The embedded Postgres ended while starting (${reason}). Its last lines, from ${logFile}:\n  ${tail}`,
    {
      details: { reason },
    },
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in between.
  }
}

async function waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const giveUpMs = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > giveUpMs) return false;
    await delay(POLL_MS);
  }
  return true;
}
