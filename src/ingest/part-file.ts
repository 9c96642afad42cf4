import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { diskFull, isDiskFull } from '../shared/disk-full.js';

/** Bytes gathered before a write: one trip to the thread pool per megabyte instead of one per network packet. */
const FLUSH_BYTES = 1 << 20;
/** Space that a download leaves free, so that the database beside it can still write. */
const RESERVE_BYTES = 64 * 1024 * 1024;
/** A living download writes far more often (idle limit); older parts are left over from a crash. */
const STALE_MS = 3_600_000;

/**
 * A file that appears under its name only when it is whole: bytes go to `<destination>.<random>.part` (random, because a
 * stalled job may run twice at the same time), which is synced and renamed by `commit` and removed by `discard`.
 */
export class PartFile {
  readonly #destination: string;
  readonly #partPath: string;
  readonly #handle: FileHandle;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #closed = false;

  private constructor(destination: string, partPath: string, handle: FileHandle) {
    this.#destination = destination;
    this.#partPath = partPath;
    this.#handle = handle;
  }

  static async open(destination: string): Promise<PartFile> {
    await removeStaleParts(destination);
    const partPath = `${destination}.${randomBytes(4).toString('hex')}.part`;
    return new PartFile(destination, partPath, await open(partPath, 'wx'));
  }

  /** Throws `disk_full` before the first byte when the announced size cannot fit. */
  async reserve(sizeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(path.dirname(this.#partPath));
    if (sizeBytes + RESERVE_BYTES > bavail * bsize) throw diskFull();
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= FLUSH_BYTES) await this.#flush();
  }

  async commit(): Promise<void> {
    await this.#flush();
    await this.#guard(() => this.#handle.sync());
    await this.#close();
    await rename(this.#partPath, this.#destination);
  }

  /** After `commit`: does nothing. */
  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#partPath, { force: true });
  }

  async #flush(): Promise<void> {
    const chunks = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (chunks.length > 0) await this.#guard(() => writeAll(this.#handle, chunks));
  }

  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      throw isDiskFull(thrown) ? diskFull(thrown) : thrown;
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }
}

/** `writev` may write less than asked when the disk fills up; the next call then reports why. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev([...chunks]);
  if (bytesWritten === total) return;
  await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}

async function removeStaleParts(destination: string): Promise<void> {
  const folder = path.dirname(destination);
  const prefix = `${path.basename(destination)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.part')) continue;
    const file = path.join(folder, name);
    const stats = await stat(file).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > STALE_MS) await rm(file, { force: true });
  }
}
