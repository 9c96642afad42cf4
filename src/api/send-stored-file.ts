import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { HivisError } from '../shared/errors.js';
import type { Storage } from '../storage/storage.js';
import { parseRange, type ByteRange } from './byte-range.js';

/** For openapi.json. */
export const NOT_MODIFIED = { description: 'Nothing has changed (If-None-Match)' };

export type StoredFile = {
  readonly key: string;
  readonly contentType: string;
  readonly fileName: string;
  readonly disposition: 'inline' | 'attachment';
  /** Changes whenever the bytes do; none: the file is sent every time. */
  readonly version?: string;
};

/** A file of the storage as the answer: ranges, HEAD and conditional requests included. */
export async function sendStoredFile(req: Request, res: Response, storage: Storage, file: StoredFile): Promise<void> {
  const stat = await storage.stat(file.key);
  if (stat === undefined)
    throw new HivisError('storage_failed', 'The file is missing in the storage. It may have been removed by hand.', {
      details: { key: file.key },
    });
  setFileHeaders(res, file);
  if (sendNotModified(req, res)) return;
  const range = readRange(req, res, stat.sizeBytes);
  if (range === null) {
    res.setHeader('Content-Range', `bytes */${stat.sizeBytes}`);
    throw new HivisError('range_not_satisfiable', `The file has ${stat.sizeBytes} bytes; the range lies outside.`);
  }
  if (range === undefined) {
    res.setHeader('Content-Length', stat.sizeBytes);
  } else {
    res.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${stat.sizeBytes}`);
    res.setHeader('Content-Length', range.end - range.start + 1);
  }
  if (req.method === 'HEAD' || stat.sizeBytes === 0) {
    res.end();
    return;
  }
  await streamFile(res, storage, file.key, range);
}

/** Bytes that are in memory already, with the same headers. */
export function sendText(req: Request, res: Response, file: Omit<StoredFile, 'key'>, text: string): void {
  setFileHeaders(res, file);
  if (!sendNotModified(req, res)) res.send(text);
}

function sendNotModified(req: Request, res: Response): boolean {
  if (!req.fresh) return false;
  res.removeHeader('Content-Type');
  res.status(304).end();
  return true;
}

function setFileHeaders(res: Response, file: Omit<StoredFile, 'key'>): void {
  res.attachment(file.fileName);
  if (file.disposition === 'inline')
    res.setHeader('Content-Disposition', String(res.getHeader('Content-Disposition')).replace(/^attachment/, 'inline'));
  res.setHeader('Content-Type', file.contentType);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Cache-Control', 'private, no-cache');
  if (file.version !== undefined) res.setHeader('ETag', `"${file.version}"`);
}

/** A range of a file that has changed meanwhile (`If-Range`) would be put together with bytes of the old one. */
function readRange(req: Request, res: Response, sizeBytes: number): ByteRange | null | undefined {
  const condition = req.headers['if-range'];
  if (condition !== undefined && condition !== res.getHeader('ETag')) return undefined;
  return parseRange(req.headers.range, sizeBytes);
}

async function streamFile(res: Response, storage: Storage, key: string, range: ByteRange | undefined): Promise<void> {
  const stream = await storage.read(key, range);
  try {
    await pipeline(stream, res);
  } catch (error) {
    // The client went away (a player that seeks does so all the time); that is no failure of ours.
    if (isPrematureClose(error)) return;
    throw error;
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
