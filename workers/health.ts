import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Six missed beats. */
const STALE_MS = 30_000;

export interface HealthFile {
  touch(): Promise<void>;
  remove(): Promise<void>;
}

/** `<dataDir>/run/<host>-<pid>.worker`: the host is part of the name because containers may share the data folder. */
export function createHealthFile(dataDir: string): HealthFile {
  const file = path.join(folderOf(dataDir), `${hostPrefix()}${process.pid}.worker`);
  return {
    touch: async () => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, String(Date.now()));
    },
    remove: () => rm(file, { force: true }),
  };
}

export type Health = { readonly healthy: boolean; readonly message: string };

/**
 * For HEALTHCHECK of containers (`node dist/workers/main.js --health`): healthy when at least one worker process of this
 * machine takes jobs and none of the living ones has fallen silent.
 */
export async function checkHealth(dataDir: string, nowMs: number = Date.now()): Promise<Health> {
  const names = await readdir(folderOf(dataDir)).catch(() => []);
  const own = names.filter((name) => name.startsWith(hostPrefix()) && name.endsWith('.worker'));
  const ages: { readonly pid: number; readonly ageMs: number }[] = [];
  for (const name of own) {
    const pid = Number(name.slice(hostPrefix().length, -'.worker'.length));
    const beatMs = Number(await readFile(path.join(folderOf(dataDir), name), 'utf8').catch(() => '0'));
    if (isAlive(pid)) ages.push({ pid, ageMs: nowMs - beatMs });
  }
  const silent = ages.filter(({ ageMs }) => ageMs > STALE_MS);
  if (ages.length === 0) return { healthy: false, message: 'no worker process takes jobs here' };
  if (silent.length === 0) return { healthy: true, message: `${ages.length} worker process(es) take jobs` };
  const which = silent.map(({ pid, ageMs }) => `${pid} (${Math.round(ageMs / 1_000)} s)`).join(', ');
  return { healthy: false, message: `silent worker process(es): ${which}` };
}

function folderOf(dataDir: string): string {
  return path.join(dataDir, 'run');
}

function hostPrefix(): string {
  return `${os.hostname().replace(/[^A-Za-z0-9.]/g, '_')}-`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
