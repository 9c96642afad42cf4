import { open, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { throwIfCancelled, toCancelled } from '../shared/abort.js';
import { HivisError } from '../shared/errors.js';
import type { CacheFolder, Lease } from './cache-folder.js';
import type { Storage } from './storage.js';
import { toFileError, wrongSize } from './storage-errors.js';

const LOCK_POLL_MS = 100;
/** No byte from the storage for so long ends a fetch. */
const IDLE_MS = 60_000;

export type CacheFetch = {
  readonly folder: CacheFolder;
  readonly storage: Storage;
  readonly key: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal | undefined;
};

/**
 * Brings a copy into the cache and leases it, or waits a moment while another process fetches it (undefined: look
 * again). The lock is no promise, its owner may be frozen and wake up later: two fetches of one file write two parts,
 * and the later rename wins with the same bytes.
 */
export async function fetchToCache(fetch: CacheFetch): Promise<Lease | undefined> {
  throwIfCancelled(fetch.signal);
  const unlock = await fetch.folder.lock(fetch.name);
  if (unlock === undefined) {
    await delay(LOCK_POLL_MS);
    return undefined;
  }
  try {
    // The last owner of the lock may have finished between our look and our lock.
    const ready = await fetch.folder.lease(fetch.name, fetch.sizeBytes);
    if (ready !== undefined) return ready;
    await fetch.folder.trim(fetch.sizeBytes);
    const part = await fetch.folder.newPart();
    try {
      await download(fetch, part);
      return await fetch.folder.adopt(part, fetch.name);
    } finally {
      await rm(part, { force: true });
    }
  } finally {
    await unlock();
  }
}

async function download(fetch: CacheFetch, part: string): Promise<void> {
  const { storage, key, sizeBytes, signal } = fetch;
  const source = await openSource(storage, key, signal);
  const handle = await open(part, 'wx');
  try {
    for await (const chunk of watched(source, signal)) await handle.writeFile(chunk);
    await handle.sync();
  } catch (thrown) {
    throwIfCancelled(signal);
    throw toFetchError(thrown, key);
  } finally {
    source.destroy();
    await handle.close();
  }
  const written = (await stat(part)).size;
  if (written !== sizeBytes) throw wrongSize(key, written, sizeBytes, written < sizeBytes);
}

/** Files that cannot be written, or a transfer that broke. */
function toFetchError(thrown: unknown, key: string): unknown {
  const error = toFileError(thrown, `Copying ${key} into the source cache`);
  if (error instanceof HivisError) return error;
  return new HivisError('storage_failed', `The transfer of ${key} broke off. It is tried again later.`, {
    retryable: true,
    cause: thrown,
    details: { key },
  });
}

/** Does not wait for a storage that has not begun to answer when the signal is aborted. */
async function openSource(storage: Storage, key: string, signal: AbortSignal | undefined): Promise<Readable> {
  const opening = storage.read(key);
  if (signal === undefined) return opening;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(toCancelled(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([opening, aborted]);
  } catch (thrown) {
    opening.then((late) => late.destroy()).catch(() => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The chunks of a stream, which is destroyed on abort and when nothing comes for too long. */
async function* watched(source: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const onAbort = (): void => void source.destroy(toCancelled(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    const message = `The storage sent nothing for ${IDLE_MS / 1_000} s. It is tried again later.`;
    source.destroy(new HivisError('storage_failed', message, { retryable: true }));
  }, IDLE_MS);
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
