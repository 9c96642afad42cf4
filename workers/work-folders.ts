import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Older than any job can be, on whatever machine it ran. */
const ABANDONED_MS = 48 * 3_600_000;

export interface WorkFolders {
  /** Runs `work` with an empty folder that is gone afterwards, whatever happens. */
  withFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
  /** Removes what killed processes of this machine left behind; returns how many folders went. */
  sweep(): Promise<number>;
}

/**
 * Folders for what a job is just downloading, under `<parent>/<host>-<pid>-…`. The host is part of the name because
 * containers may share the data folder and have the same process ids.
 */
export function createWorkFolders(parent: string): WorkFolders {
  const host = os.hostname().replace(/[^A-Za-z0-9.]/g, '_');
  return {
    async withFolder(work) {
      await mkdir(parent, { recursive: true });
      const folder = await mkdtemp(path.join(parent, `${host}-${process.pid}-`));
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async sweep() {
      const names = await readdir(parent).catch(() => []);
      let swept = 0;
      for (const name of names) {
        if (!(await isAbandoned(path.join(parent, name), host))) continue;
        await rm(path.join(parent, name), { recursive: true, force: true });
        swept += 1;
      }
      return swept;
    },
  };
}

async function isAbandoned(folder: string, host: string): Promise<boolean> {
  const match = /^(.+)-(\d+)-[^-]+$/.exec(path.basename(folder));
  if (match?.[1] === host) return !isAlive(Number(match[2]));
  const stats = await stat(folder).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Alive, but somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
