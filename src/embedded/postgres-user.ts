import { execFile, type SpawnOptions } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { HivisError } from '../shared/errors.js';

const exec = promisify(execFile);
const USER = 'postgres';
/** Nothing of our own environment: PG… variables would change what the server does. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** How to start the server's programs as somebody who is not root. */
export type PostgresUser = {
  /** Prefix of every command line. */
  readonly prefix: readonly string[];
  readonly spawnOptions: Pick<SpawnOptions, 'uid' | 'gid' | 'env' | 'cwd'>;
  /** Gives a file or folder that we made to that user. */
  own(file: string): void;
};

/**
 * Creates `serverDir` and finds a way for the server to run there. Postgres refuses to run as root: then it runs as the
 * folder's owner, else as the system user `postgres` (created when missing). Where that user cannot reach the folder or
 * the programs (a project under /root), the server gets the one capability that lets it pass.
 */
export async function preparePostgresUser(serverDir: string, program: string): Promise<PostgresUser> {
  const uid = process.getuid?.();
  if (uid === undefined)
    throw new HivisError('database_unavailable', 'The embedded Postgres needs Linux or macOS. Set DATABASE_URL.');
  if (uid !== 0) return currentUser(serverDir, uid);
  const ids = existsSync(serverDir) && statSync(serverDir).uid !== 0 ? ownerOf(serverDir) : await findSystemUser();
  makeFolder(serverDir);
  try {
    chownSync(serverDir, ids.uid, ids.gid);
  } catch (cause) {
    throw impossible(`the folder ${serverDir} cannot be given to the user with id ${ids.uid}`, cause);
  }
  return chooseLauncher(serverDir, program, ids);
}

type Ids = { readonly uid: number; readonly gid: number };

function currentUser(serverDir: string, uid: number): PostgresUser {
  makeFolder(serverDir);
  const owner = statSync(serverDir).uid;
  if (owner !== uid)
    throw new HivisError(
      'database_unavailable',
      `The database folder ${serverDir} belongs to the user with id ${owner}, and hivis runs as ${uid}. Start hivis as that user or as root, run "sudo chown -R ${uid} ${serverDir}" while it is stopped, or set another DATA_DIR.`,
    );
  return { prefix: [], spawnOptions: { env: ENVIRONMENT, cwd: '/' }, own: () => undefined };
}

function makeFolder(serverDir: string): void {
  try {
    mkdirSync(serverDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HivisError('storage_failed', `Cannot create ${serverDir}. Make its parent writable or set DATA_DIR.`, {
      cause,
    });
  }
}

function ownerOf(file: string): Ids {
  const { uid, gid } = statSync(file);
  return { uid, gid };
}

async function findSystemUser(): Promise<Ids> {
  const found = await lookUpIds();
  if (found !== undefined) return found;
  try {
    await exec('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER]);
  } catch (cause) {
    // Two first starts at once: one of them loses the race for the name and still finds it.
    const ids = await lookUpIds();
    if (ids !== undefined) return ids;
    throw impossible(`the system user "${USER}" does not exist and cannot be created with useradd`, cause);
  }
  const created = await lookUpIds();
  if (created === undefined) throw impossible(`the system user "${USER}" cannot be found after useradd`);
  return created;
}

async function lookUpIds(): Promise<Ids | undefined> {
  try {
    const [uid, gid] = await Promise.all([exec('id', ['-u', USER]), exec('id', ['-g', USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function chooseLauncher(serverDir: string, program: string, ids: Ids): Promise<PostgresUser> {
  const own = (file: string): void => chownSync(file, ids.uid, ids.gid);
  const plain = { prefix: [], spawnOptions: { env: ENVIRONMENT, cwd: '/', ...ids }, own };
  const candidates: PostgresUser[] = [plain];
  for (const capability of ['dac_read_search', 'dac_override'])
    candidates.push({ prefix: withCapability(ids, capability), spawnOptions: { env: ENVIRONMENT, cwd: '/' }, own });
  let lastFailure: unknown;
  for (const candidate of candidates) {
    try {
      await proveReach(candidate, serverDir, program);
      return candidate;
    } catch (error) {
      lastFailure = error;
    }
  }
  throw impossible(
    `the user with id ${ids.uid} can reach neither ${serverDir} nor ${program}, and setpriv cannot help`,
    lastFailure,
  );
}

/**
 * An ambient capability survives the change of user and the exec. `access(2)` would still drop it, and Postgres looks
 * for its own files with that call: the secure bit stops this.
 */
function withCapability(ids: Ids, capability: string): string[] {
  const user = ['--reuid', String(ids.uid), '--regid', String(ids.gid), '--clear-groups'];
  const capabilities = ['--inh-caps', `+${capability}`, '--ambient-caps', `+${capability}`];
  return ['setpriv', ...user, '--securebits', '+no_setuid_fixup', ...capabilities, '--'];
}

async function proveReach(user: PostgresUser, serverDir: string, program: string): Promise<void> {
  await run(user, '/bin/sh', ['-c', 'cd "$0" && : > .reach && rm .reach', serverDir]);
  const { stderr } = await run(user, program, ['--version']);
  if (stderr !== '') throw new Error(stderr.trim());
}

/** Runs a program of the server to its end as the server's user. */
export async function run(
  user: PostgresUser,
  program: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [command = program, ...rest] = [...user.prefix, program, ...args];
  const { uid, gid, env, cwd } = user.spawnOptions;
  return exec(command, rest, {
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    encoding: 'utf8',
  });
}

function impossible(reason: string, cause?: unknown): HivisError {
  return new HivisError(
    'database_unavailable',
    `Postgres does not run as root, and ${reason}. Do one of these: run hivis as an ordinary user; move the project and its data folder out of /root (for example to /srv/hivis); or set DATABASE_URL to a Postgres server.`,
    cause === undefined ? {} : { cause },
  );
}
