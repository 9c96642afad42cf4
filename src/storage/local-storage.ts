import { randomBytes } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { throwIfCancelled } from '../shared/abort.js';
import type { ByteRange, PutOptions, Storage, StorageBody } from './storage.js';
import { isMissing, isSystemError, missingFile, outOfRange, toFileError } from './storage-errors.js';
import { checkKey, checkDeletablePrefix, checkPrefix } from './storage-key.js';
import { probeStorage } from './storage-probe.js';

/** Inside the root, so that a rename never crosses file systems; no key can begin with a dot. */
const TEMP_FOLDER = '.tmp';
const STALE_TEMP_MS = 24 * 3_600_000;
/** A folder may be tidied away by a delete between its creation and the rename into it. */
const PLACE_ATTEMPTS = 10;

/** Files in a folder: written beside, synced, renamed into place. */
export class LocalStorage implements Storage {
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  async put(key: string, body: StorageBody, options: PutOptions = {}): Promise<{ readonly sizeBytes: number }> {
    const target = this.localPath(key);
    const temp = path.join(this.#root, TEMP_FOLDER, randomBytes(12).toString('hex'));
    try {
      await mkdir(path.dirname(temp), { recursive: true });
      await writeTemp(temp, body, options.signal);
      const sizeBytes = await syncFile(temp);
      await placeFile(temp, target);
      return { sizeBytes };
    } catch (thrown) {
      await rm(temp, { force: true }).catch(() => undefined);
      throwIfCancelled(options.signal);
      throw toFileError(thrown, `Storing ${key}`);
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    try {
      // Opened first: a missing file is an error of the call, not of the stream.
      const handle = await open(this.localPath(key), 'r');
      const { size } = await handle.stat();
      if (range !== undefined && range.start >= size) {
        await handle.close();
        throw outOfRange(key, size);
      }
      const end = range?.end === undefined ? {} : { end: range.end };
      return handle.createReadStream({ start: range?.start ?? 0, ...end, highWaterMark: 1 << 18 });
    } catch (thrown) {
      throw isMissing(thrown) ? missingFile(key, thrown) : toFileError(thrown, `Reading ${key}`);
    }
  }

  async stat(key: string): Promise<{ readonly sizeBytes: number } | undefined> {
    try {
      const stats = await stat(this.localPath(key));
      return stats.isFile() ? { sizeBytes: stats.size } : undefined;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw toFileError(thrown, `Looking for ${key}`);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await unlink(this.localPath(key));
      await this.#removeEmptyFolders(path.dirname(this.localPath(key)));
    } catch (thrown) {
      if (!isMissing(thrown)) throw toFileError(thrown, `Deleting ${key}`);
    }
  }

  async deletePrefix(prefix: string): Promise<{ readonly files: number; readonly bytes: number }> {
    const folder = path.join(this.#root, checkDeletablePrefix(prefix));
    try {
      const counted = await measureFolder(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      await this.#removeEmptyFolders(path.dirname(folder));
      return counted;
    } catch (thrown) {
      throw toFileError(thrown, `Deleting ${prefix}`);
    }
  }

  async usageBytes(prefix: string): Promise<number> {
    const { bytes } = await measureFolder(path.join(this.#root, checkPrefix(prefix)));
    return bytes;
  }

  localPath(key: string): string {
    return path.join(this.#root, checkKey(key));
  }

  async check(): Promise<void> {
    await probeStorage(this);
    await this.#removeStaleTemps();
  }

  /** From a folder up to, but not including, the root; ends at the first one that is in use. */
  async #removeEmptyFolders(from: string): Promise<void> {
    for (let folder = path.resolve(from); folder.startsWith(this.#root + path.sep); folder = path.dirname(folder)) {
      try {
        await rmdir(folder);
      } catch (thrown) {
        if (!isMissing(thrown)) return;
      }
    }
  }

  /** What crashed processes left behind. */
  async #removeStaleTemps(): Promise<void> {
    const folder = path.join(this.#root, TEMP_FOLDER);
    for (const name of await readdir(folder).catch(() => [])) {
      const file = path.join(folder, name);
      const stats = await stat(file).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > STALE_TEMP_MS) await rm(file, { force: true });
    }
  }
}

async function writeTemp(temp: string, body: StorageBody, signal: AbortSignal | undefined): Promise<void> {
  if (!Buffer.isBuffer(body) && !(body instanceof Readable)) {
    await takeFile(temp, body);
    return;
  }
  const source = Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
  await pipeline(source, createWriteStream(temp, { flags: 'wx', highWaterMark: 1 << 20 }), signal ? { signal } : {});
}

/** Moves a consumed file when it lies on the same file system, else copies it (sharing blocks where that is possible). */
async function takeFile(temp: string, body: { readonly filePath: string; readonly consume?: boolean }): Promise<void> {
  if (body.consume === true) {
    try {
      await rename(body.filePath, temp);
      return;
    } catch (thrown) {
      if (!isSystemError(thrown) || thrown.code !== 'EXDEV') throw thrown;
    }
  }
  await copyFile(body.filePath, temp, constants.COPYFILE_FICLONE);
  if (body.consume === true) await rm(body.filePath, { force: true });
}

async function syncFile(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function placeFile(temp: string, target: string): Promise<void> {
  const folder = path.dirname(target);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await mkdir(folder, { recursive: true });
      await rename(temp, target);
      break;
    } catch (thrown) {
      if (!isMissing(thrown) || attempt >= PLACE_ATTEMPTS) throw thrown;
    }
  }
  await syncFolder(folder);
}

/** Makes the rename itself survive a power cut. Not every file system (or Windows) can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Hidden entries (`.tmp`) are not files of the storage. Files that vanish meanwhile count as gone. */
async function measureFolder(folder: string): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    if (isMissing(thrown)) return [];
    throw toFileError(thrown, `Reading the folder ${path.basename(folder)}`);
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const full = path.join(folder, entry.name);
    const counted = entry.isDirectory()
      ? await measureFolder(full)
      : { files: 1, bytes: (await stat(full).catch(() => undefined))?.size ?? 0 };
    files += counted.files;
    bytes += counted.bytes;
  }
  return { files, bytes };
}
