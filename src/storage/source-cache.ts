import { createHash } from 'node:crypto';
import path from 'node:path';
import { CacheFolder, type Lease } from './cache-folder.js';
import { fetchToCache } from './cache-fetch.js';
import type { Storage } from './storage.js';
import { missingFile, wrongSize } from './storage-errors.js';

export interface SourceCache {
  /**
   * Runs `fn` with a local path of a stored file; the path is good until `fn` ends, whatever other processes do.
   * `sizeBytes` is what the database knows: a copy of another size is replaced. Throws `storage_failed`, `disk_full`,
   * `cancelled` and what `fn` throws.
   */
  withFile<T>(
    key: string,
    sizeBytes: number,
    fn: (filePath: string) => Promise<T>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
}

export type SourceCacheSettings = {
  readonly cacheDir: string;
  /** What the copies may take together; files in use may exceed it for as long as they are used. */
  readonly maxBytes: number;
};

/**
 * Local files are used where they lie. Objects of S3 get a local copy that all processes of the machine share; the
 * least recently used ones go when space is needed. How that is safe without any server: `cache-folder.ts`.
 */
export function createSourceCache(storage: Storage, settings: SourceCacheSettings): SourceCache {
  const folder = new CacheFolder(settings.cacheDir, settings.maxBytes);
  return {
    async withFile(key, sizeBytes, fn, options = {}) {
      const local = storage.localPath(key);
      if (local !== undefined) {
        await checkLocal(storage, key, sizeBytes);
        return fn(local);
      }
      const lease = await leaseCopy(folder, storage, key, sizeBytes, options.signal);
      try {
        return await fn(lease.path);
      } finally {
        // What cannot be tidied now is tidied, or complained about, before the next fetch; the work is done.
        await lease.release().catch(() => undefined);
        await folder.trim(0).catch(() => undefined);
      }
    },
  };
}

async function leaseCopy(
  folder: CacheFolder,
  storage: Storage,
  key: string,
  sizeBytes: number,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  const name = `${createHash('sha256').update(key).digest('hex').slice(0, 40)}${path.extname(key)}`;
  for (;;) {
    const lease =
      (await folder.lease(name, sizeBytes)) ?? (await fetchToCache({ folder, storage, key, name, sizeBytes, signal }));
    if (lease !== undefined) return lease;
  }
}

async function checkLocal(storage: Storage, key: string, sizeBytes: number): Promise<void> {
  const stats = await storage.stat(key);
  if (stats === undefined) throw missingFile(key);
  if (stats.sizeBytes !== sizeBytes) throw wrongSize(key, stats.sizeBytes, sizeBytes, false);
}
