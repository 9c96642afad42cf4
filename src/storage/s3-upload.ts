import { createHash } from 'node:crypto';
import type { Client } from 'minio';
import { HivisError } from '../shared/errors.js';
import type { S3Call } from './s3-call.js';

/** Memory per upload, and with 10 000 parts the largest file: 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;

export type UploadTarget = {
  readonly client: Client;
  readonly call: S3Call;
  readonly bucket: string;
  readonly objectName: string;
  readonly contentType: string;
};

type Part = { readonly part: number; readonly etag: string };

/**
 * Stores a stream of unknown length: one request when it fits into a part, else a multipart upload whose parts are sent
 * again when a request fails. Made here from the library's single requests, because its own stream upload hangs when the
 * source fails, leaves unfinished uploads behind and does not repeat parts. What the source throws comes out unchanged.
 */
export async function uploadStream(target: UploadTarget, source: AsyncIterable<Uint8Array>): Promise<number> {
  const blocks = inBlocks(source, PART_BYTES)[Symbol.asyncIterator]();
  const first = await blocks.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  if (head.length < PART_BYTES) {
    await uploadBuffer(target, head);
    return head.length;
  }
  return uploadParts(target, head, { [Symbol.asyncIterator]: () => blocks });
}

export async function uploadBuffer(target: UploadTarget, content: Buffer): Promise<void> {
  const { client, call, bucket, objectName, contentType } = target;
  await call(() => client.putObject(bucket, objectName, content, content.length, { 'content-type': contentType }));
}

async function uploadParts(target: UploadTarget, head: Buffer, rest: AsyncIterable<Buffer>): Promise<number> {
  const { client, call, bucket, objectName, contentType } = target;
  const uploadId = await call(() =>
    client.initiateNewMultipartUpload(bucket, objectName, { 'content-type': contentType }),
  );
  try {
    const parts: Part[] = [await uploadPart(target, uploadId, 1, head)];
    let sizeBytes = head.length;
    for await (const block of rest) {
      if (parts.length >= MAX_PARTS)
        throw new HivisError('storage_failed', `Files above ${PART_BYTES * MAX_PARTS} bytes cannot be stored in S3.`);
      parts.push(await uploadPart(target, uploadId, parts.length + 1, block));
      sizeBytes += block.length;
    }
    await call(() => client.completeMultipartUpload(bucket, objectName, uploadId, parts));
    return sizeBytes;
  } catch (thrown) {
    // Invisible, but paid for until somebody aborts it.
    await client.abortMultipartUpload(bucket, objectName, encodeURIComponent(uploadId)).catch(() => undefined);
    throw thrown;
  }
}

async function uploadPart(target: UploadTarget, uploadId: string, partNumber: number, content: Buffer): Promise<Part> {
  const { client, call, bucket: bucketName, objectName } = target;
  // Here and for the abort the library puts the id into the address as it is.
  const uploadID = encodeURIComponent(uploadId);
  const headers = {
    'content-length': String(content.length),
    'content-md5': createHash('md5').update(content).digest('base64'),
  };
  const { etag } = await call(() =>
    client.uploadPart({ bucketName, objectName, uploadID, partNumber, headers }, content),
  );
  return { part: partNumber, etag };
}

/** Regroups chunks into blocks of one size; the last one may be shorter, none is empty. */
async function* inBlocks(source: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      const taken = Math.min(blockBytes - filled, chunk.length - offset);
      block.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
      if (filled < blockBytes) continue;
      yield block;
      block = Buffer.allocUnsafe(blockBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
