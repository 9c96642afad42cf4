import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { HivisError } from '../shared/errors.js';
import { identifyProcess, isProcessAlive, type ProcessIdentity } from './process-identity.js';

const LOCK_FILE = 'hivis.lock';
const HEARTBEAT_MS = 2_000;
/** A holder whose pid we cannot judge (another container) is dead when its lock was not touched for so long. */
const FOREIGN_SILENCE_MS = 4 * HEARTBEAT_MS;
const MAX_TAKEOVERS = 20;

export type DataDirLock = {
  /** Lets others find the running service; shown to whoever starts a second one. */
  publishUrl(url: string): Promise<void>;
  release(): Promise<void>;
};

/** Who uses a data folder. */
export type DataDirHolder = { readonly pid: number; readonly url: string | null };

/**
 * Makes this process the only user of a data folder. A lock left behind by a killed process is taken over; a living
 * holder means `data_dir_in_use` with its pid and, once published, its URL.
 */
export async function acquireDataDirLock(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true });
  const lockFile = path.join(dataDir, LOCK_FILE);
  const mine: LockContent = { ...identifyProcess(process.pid), url: null, token: randomBytes(8).toString('hex') };
  for (let attempt = 0; attempt < MAX_TAKEOVERS; attempt += 1) {
    if (tryCreate(lockFile, JSON.stringify(mine))) return keepLock(lockFile, mine);
    const found = readText(lockFile);
    if (found === undefined) continue;
    const holder = parseContent(found);
    if (holder !== undefined && (await isHeld(lockFile, found, holder))) throw inUse(dataDir, holder);
    removeStale(lockFile, found);
  }
  throw new HivisError(
    'data_dir_in_use',
    `The lock ${lockFile} keeps changing hands. Start one hivis per data folder.`,
  );
}

/** The living holder of a data folder; undefined when nobody uses it. */
export async function readDataDirLock(dataDir: string): Promise<DataDirHolder | undefined> {
  const lockFile = path.join(dataDir, LOCK_FILE);
  const found = readText(lockFile);
  const holder = found === undefined ? undefined : parseContent(found);
  if (found === undefined || holder === undefined || !(await isHeld(lockFile, found, holder))) return undefined;
  return { pid: holder.pid, url: holder.url };
}

type LockContent = ProcessIdentity & { readonly url: string | null; readonly token: string };

/** A hard link appears complete or not at all, and never replaces another. */
function tryCreate(lockFile: string, content: string): boolean {
  const draft = uniqueBeside(lockFile);
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, lockFile);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new HivisError('storage_failed', `Cannot create ${lockFile}. Make the folder writable or set DATA_DIR.`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

async function isHeld(lockFile: string, found: string, holder: LockContent): Promise<boolean> {
  if (holder.pidSpace === identifyProcess(process.pid).pidSpace) return isProcessAlive(holder);
  const giveUpMs = Date.now() + FOREIGN_SILENCE_MS;
  const touchedMs = modifiedMs(lockFile);
  while (Date.now() < giveUpMs) {
    await delay(HEARTBEAT_MS / 4);
    if (modifiedMs(lockFile) !== touchedMs || readText(lockFile) !== found) return true;
  }
  return false;
}

/** Two starters may judge the same stale lock; the slower one must not carry off the new lock of the faster one. */
function removeStale(lockFile: string, stale: string): void {
  const aside = uniqueBeside(lockFile);
  try {
    renameSync(lockFile, aside);
  } catch {
    return;
  }
  if (readText(aside) !== stale) {
    try {
      linkSync(aside, lockFile);
    } catch {
      // A third one has it; the loop finds out.
    }
  }
  rmSync(aside, { force: true });
}

function keepLock(lockFile: string, mine: LockContent): DataDirLock {
  const isMine = (): boolean => parseContent(readText(lockFile) ?? '')?.token === mine.token;
  const timer = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(lockFile, now, now);
    } catch {
      // The folder was removed under us; the database will say so louder.
    }
  }, HEARTBEAT_MS);
  timer.unref();
  return {
    async publishUrl(url) {
      const draft = uniqueBeside(lockFile);
      await writeFile(draft, JSON.stringify({ ...mine, url }), { mode: 0o600 });
      if (isMine()) await rename(draft, lockFile);
      else await rm(draft, { force: true });
    },
    async release() {
      clearInterval(timer);
      if (isMine()) await rm(lockFile, { force: true });
    },
  };
}

function inUse(dataDir: string, holder: LockContent): HivisError {
  const where = holder.url === null ? '' : ` and serves ${holder.url}`;
  return new HivisError(
    'data_dir_in_use',
    `Another hivis (process ${holder.pid}) uses the data folder ${dataDir}${where}. Stop it first (kill ${holder.pid}), or start this one with another DATA_DIR.`,
    { details: { pid: holder.pid, url: holder.url, dataDir } },
  );
}

function parseContent(text: string): LockContent | undefined {
  const parsed = lockSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

const lockSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.string().nullable(),
  pidSpace: z.string(),
  url: z.string().nullable(),
  token: z.string(),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function modifiedMs(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return -1;
  }
}

function uniqueBeside(file: string): string {
  return `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
}
