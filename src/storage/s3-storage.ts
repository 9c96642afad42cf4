import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, addAbortSignal } from 'node:stream';
import type { Client } from 'minio';
import { throwIfCancelled } from '../shared/abort.js';
import { HivisError } from '../shared/errors.js';
import { createS3Call } from './s3-call.js';
import { createS3Client, type S3Settings } from './s3-client.js';
import { isMissingObject, s3CodeOf } from './s3-errors.js';
import { uploadBuffer, uploadStream, type UploadTarget } from './s3-upload.js';
import type { ByteRange, PutOptions, Storage, StorageBody } from './storage.js';
import { isSystemError, missingFile, outOfRange, toFileError } from './storage-errors.js';
import { checkDeletablePrefix, checkKey, checkPrefix } from './storage-key.js';
import { probeStorage } from './storage-probe.js';

/** What one answer lists, and one delete request may name. */
const LIST_PAGE = 1_000;
const DELETE_BATCH = 1_000;
const READ_CHUNK_BYTES = 1 << 20;

/** Files as objects of an S3-compatible bucket. */
export class S3Storage implements Storage {
  readonly #client: Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(settings: S3Settings) {
    this.#client = createS3Client(settings);
    this.#bucket = settings.bucket;
    this.#prefix = settings.prefix;
  }

  async put(key: string, body: StorageBody, options: PutOptions = {}): Promise<{ readonly sizeBytes: number }> {
    const target: UploadTarget = {
      client: this.#client,
      call: createS3Call(`Storing ${key} in S3`),
      bucket: this.#bucket,
      objectName: this.#objectName(key),
      contentType: options.contentType ?? 'application/octet-stream',
    };
    if (Buffer.isBuffer(body)) {
      await uploadBuffer(target, body);
      return { sizeBytes: body.length };
    }
    const stream = toStream(body);
    if (options.signal !== undefined) addAbortSignal(options.signal, stream);
    try {
      const sizeBytes = await uploadStream(target, stream as AsyncIterable<Uint8Array>);
      if (!(body instanceof Readable) && body.consume === true) await rm(body.filePath, { force: true });
      return { sizeBytes };
    } catch (thrown) {
      throwIfCancelled(options.signal);
      throw isSystemError(thrown) ? toFileError(thrown, `Storing ${key}`) : thrown;
    } finally {
      stream.destroy();
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    const start = range?.start ?? 0;
    const length = range?.end === undefined ? 0 : range.end - start + 1;
    const call = createS3Call(`Reading ${key} from S3`);
    try {
      return await call(() => this.#client.getPartialObject(this.#bucket, this.#objectName(key), start, length));
    } catch (thrown) {
      const cause = thrown instanceof HivisError ? thrown.cause : thrown;
      if (isMissingObject(cause)) throw missingFile(key, cause);
      if (s3CodeOf(cause) === 'InvalidRange') throw outOfRange(key, (await this.stat(key))?.sizeBytes ?? 0);
      throw thrown;
    }
  }

  async stat(key: string): Promise<{ readonly sizeBytes: number } | undefined> {
    const call = createS3Call(`Looking for ${key} in S3`);
    try {
      const { size } = await call(() => this.#client.statObject(this.#bucket, this.#objectName(key)));
      return { sizeBytes: size };
    } catch (thrown) {
      if (thrown instanceof HivisError && isMissingObject(thrown.cause)) return undefined;
      throw thrown;
    }
  }

  async delete(key: string): Promise<void> {
    const call = createS3Call(`Deleting ${key} in S3`);
    await call(() => this.#client.removeObject(this.#bucket, this.#objectName(key)));
  }

  async deletePrefix(prefix: string): Promise<{ readonly files: number; readonly bytes: number }> {
    const folder = checkDeletablePrefix(prefix);
    let files = 0;
    let bytes = 0;
    let batch: string[] = [];
    for await (const object of this.#list(folder)) {
      files += 1;
      bytes += object.sizeBytes;
      if (batch.push(object.name) < DELETE_BATCH) continue;
      await this.#deleteBatch(batch, prefix);
      batch = [];
    }
    if (batch.length > 0) await this.#deleteBatch(batch, prefix);
    return { files, bytes };
  }

  async usageBytes(prefix: string): Promise<number> {
    let bytes = 0;
    for await (const object of this.#list(checkPrefix(prefix))) bytes += object.sizeBytes;
    return bytes;
  }

  localPath(): undefined {
    return undefined;
  }

  async check(): Promise<void> {
    await probeStorage(this);
  }

  #objectName(key: string): string {
    return this.#prefix + checkKey(key);
  }

  async *#list(folder: string): AsyncGenerator<{ readonly name: string; readonly sizeBytes: number }> {
    const call = createS3Call(`Listing ${folder} in S3`);
    const prefix = this.#prefix + folder;
    for (let token = ''; ;) {
      const page = await call(() => this.#client.listObjectsV2Query(this.#bucket, prefix, token, '', LIST_PAGE, ''));
      for (const object of page.objects) {
        if (object.name !== undefined) yield { name: object.name, sizeBytes: object.size };
      }
      if (!page.isTruncated) return;
      token = page.nextContinuationToken;
    }
  }

  /**
   * One request for all. Where that fails or leaves something (Google's servers know no batches; the answer 200 may list
   * failures), every object is deleted by itself, with retries and the server's own words.
   */
  async #deleteBatch(names: readonly string[], prefix: string): Promise<void> {
    try {
      const failures: readonly unknown[] = await this.#client.removeObjects(this.#bucket, [...names]);
      if (failures.length === 0) return;
    } catch {
      // The single requests below say what is wrong.
    }
    const call = createS3Call(`Deleting ${prefix} in S3`);
    for (const name of names) await call(() => this.#client.removeObject(this.#bucket, name));
  }
}

function toStream(body: Exclude<StorageBody, Buffer>): Readable {
  if (body instanceof Readable) return body;
  return createReadStream(body.filePath, { highWaterMark: READ_CHUNK_BYTES });
}
