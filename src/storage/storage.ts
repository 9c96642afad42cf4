import type { Readable } from 'node:stream';

/** What to store. `consume` gives the file away: it may be moved into place and is gone afterwards. */
export type StorageBody = Buffer | Readable | { readonly filePath: string; readonly consume?: boolean };

/** Byte positions as in HTTP and `createReadStream`: both ends included; without `end`, to the last byte. */
export type ByteRange = { readonly start: number; readonly end?: number | undefined };

export type PutOptions = { readonly contentType?: string; readonly signal?: AbortSignal | undefined };

/**
 * Files under keys such as `analyses/an_1/as_1/report.pdf` (see `keys.ts`). A file appears whole or not at all, and
 * replaces an older one under its key. Failures are `storage_failed` (`retryable` says whether trying again can help) or
 * `disk_full`; what the body itself throws comes out unchanged.
 */
export interface Storage {
  put(key: string, body: StorageBody, options?: PutOptions): Promise<{ readonly sizeBytes: number }>;
  /** Throws `storage_failed` with the key in its details when there is no such file, `range_not_satisfiable` beyond its end. */
  read(key: string, range?: ByteRange): Promise<Readable>;
  stat(key: string): Promise<{ readonly sizeBytes: number } | undefined>;
  /** Nothing happens when there is no such file. */
  delete(key: string): Promise<void>;
  /** Everything in a folder; a prefix is a whole path segment (`analyses/an_1` leaves `analyses/an_12` alone). */
  deletePrefix(prefix: string): Promise<{ readonly files: number; readonly bytes: number }>;
  /** '' counts everything. */
  usageBytes(prefix: string): Promise<number>;
  /** Where the file lies on this machine; undefined when it does not. */
  localPath(key: string): string | undefined;
  /** Writes, reads and deletes a probe file. */
  check(): Promise<void>;
}
