import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, toFileError } from './storage-errors.js';

/** How often a user of a copy, or a process that fetches one, shows that it lives. */
const BEAT_MS = 5_000;
/** Without a beat for so long, its leavings may be removed. Far above any pause of a living process. */
const DEAD_MS = 300_000;
/** A lock only saves double work, so a crash of its owner should cost the others little. */
const LOCK_DEAD_MS = 20_000;

export type Lease = { readonly path: string; readonly release: () => Promise<void> };

type Copy = { readonly path: string; readonly sizeBytes: number; readonly usedMs: number; readonly isInUse: boolean };

/**
 * A folder of copies that several processes share without talking to each other:
 *
 *   files/<name>           whole copies; they appear by rename and are never written again; mtime = last use
 *   parts/<random>         copies being fetched
 *   locks/<name>/          held (mkdir is atomic) by the process that fetches <name>; only saves double work
 *   leases/<random>/<name> a hard link per use
 *
 * A user works on its own hard link. Whoever unlinks or replaces `files/<name>`: the bytes stay until the last link is
 * gone, so a file in use can neither vanish nor change under ffmpeg, and no process has to ask another. Folders
 * of dead processes are known by their age: the living touch theirs every 5 s, and 5 min of silence means death.
 */
export class CacheFolder {
  readonly #root: string;
  readonly #maxBytes: number;

  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  /** A private link to a copy of the right size; undefined when there is none. A copy of another size is removed. */
  async lease(name: string, sizeBytes: number): Promise<Lease | undefined> {
    const copy = path.join(this.#root, 'files', name);
    let lease: Lease;
    try {
      lease = await this.#link(copy, name);
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw toFileError(thrown, 'Using the source cache');
    }
    // Judged by the link: what the name meant a moment ago may be gone.
    if ((await stat(lease.path)).size === sizeBytes) return lease;
    await lease.release();
    await unlink(copy).catch(ignoreMissing);
    return undefined;
  }

  /** The right to fetch a copy; undefined while another process has it. */
  async lock(name: string): Promise<(() => Promise<void>) | undefined> {
    const folder = path.join(this.#root, 'locks', name);
    await mkdir(path.dirname(folder), { recursive: true });
    try {
      await mkdir(folder);
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'))
        throw toFileError(thrown, 'Locking the source cache');
      await removeIfOlder(folder, LOCK_DEAD_MS);
      return undefined;
    }
    const stopBeat = startBeat(folder);
    return async () => {
      stopBeat();
      await rm(folder, { recursive: true, force: true });
    };
  }

  /** Where to write a copy that is being fetched. */
  async newPart(): Promise<string> {
    const folder = path.join(this.#root, 'parts');
    await mkdir(folder, { recursive: true });
    return path.join(folder, randomBytes(8).toString('hex'));
  }

  /**
   * A whole, synced part becomes the copy; an older one is replaced, its users keep theirs. The lease is made first, so
   * that an eviction in between costs nobody the fetch.
   */
  async adopt(part: string, name: string): Promise<Lease> {
    const lease = await this.#link(part, name);
    const files = path.join(this.#root, 'files');
    await mkdir(files, { recursive: true });
    await rename(part, path.join(files, name));
    return lease;
  }

  /**
   * Removes the least recently used copies until `neededBytes` more fit, and what dead processes left. Copies in use
   * stay: unlinking them would free nothing and cost the next user of the same source a fetch.
   */
  async trim(neededBytes: number): Promise<void> {
    await this.#removeDead();
    const copies = (await this.#listCopies()).sort((a, b) => a.usedMs - b.usedMs);
    let usedBytes = copies.reduce((sum, copy) => sum + copy.sizeBytes, 0);
    for (const copy of copies) {
      if (usedBytes + neededBytes <= this.#maxBytes) return;
      if (copy.isInUse) continue;
      await unlink(copy.path).catch(ignoreMissing);
      usedBytes -= copy.sizeBytes;
    }
  }

  async #link(file: string, name: string): Promise<Lease> {
    const folder = path.join(this.#root, 'leases', randomBytes(8).toString('hex'));
    const own = path.join(folder, name);
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder, { recursive: true });
      await link(file, own);
      await touch(own);
    } catch (thrown) {
      await remove();
      throw thrown;
    }
    const stopBeat = startBeat(folder);
    const release = async (): Promise<void> => {
      stopBeat();
      await remove();
    };
    return { path: own, release };
  }

  async #listCopies(): Promise<Copy[]> {
    const copies: Copy[] = [];
    for (const file of await list(path.join(this.#root, 'files'))) {
      const stats = await stat(file).catch(ignoreMissing);
      if (stats) copies.push({ path: file, sizeBytes: stats.size, usedMs: stats.mtimeMs, isInUse: stats.nlink > 1 });
    }
    return copies;
  }

  async #removeDead(): Promise<void> {
    for (const kind of ['parts', 'locks', 'leases'])
      for (const entry of await list(path.join(this.#root, kind))) await removeIfOlder(entry, DEAD_MS);
  }
}

/** Touches a folder while its owner lives. */
function startBeat(folder: string): () => void {
  const timer = setInterval(() => void touch(folder).catch(() => undefined), BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function touch(entry: string): Promise<void> {
  const now = new Date();
  await utimes(entry, now, now);
}

/** Renamed first: of several processes that find the same leavings, one removes them. */
async function removeIfOlder(entry: string, ageMs: number): Promise<void> {
  const stats = await stat(entry).catch(ignoreMissing);
  if (!stats || Date.now() - stats.mtimeMs < ageMs) return;
  const grave = `${entry}.${randomBytes(4).toString('hex')}.dead`;
  try {
    await rename(entry, grave);
  } catch (thrown) {
    if (isMissing(thrown)) return;
    throw thrown;
  }
  await rm(grave, { recursive: true, force: true });
}

async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (isMissing(thrown)) return [];
    throw toFileError(thrown, 'Reading the source cache');
  });
  return names.map((name) => path.join(folder, name));
}

function ignoreMissing(thrown: unknown): undefined {
  if (!isMissing(thrown)) throw toFileError(thrown, 'Tidying the source cache');
}
