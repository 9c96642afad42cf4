import type { IncomingMessage } from 'node:http';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import busboy from 'busboy';
import { sanitizeFileName } from '../ingest/file-name.js';
import { tooLarge, VideoMeter } from '../ingest/video-meter.js';
import { HivisError } from '../shared/errors.js';
import type { Storage } from '../storage/storage.js';
import { invalidRequest } from './errors.js';

export type ReceivedUpload = { readonly fileName: string; readonly sha256: string; readonly sizeBytes: number };

export type UploadTarget = {
  readonly storage: Storage;
  readonly key: string;
  readonly maxBytes: number;
  /** Of a raw body; a form names its file itself. */
  readonly fileName: string | undefined;
};

/** What a form may add around its file. */
const FORM_OVERHEAD_BYTES = 64 * 1024;
/** How long the rest of a refused body is read and thrown away, so that the client gets to see the answer. */
const DRAIN_MS = 10_000;

/**
 * Streams the body of a request into the storage while size, container and hash are checked: the file is never in
 * memory as a whole. Nothing is left in the storage when it is refused or the client goes away.
 */
export async function receiveUpload(req: IncomingMessage, target: UploadTarget): Promise<ReceivedUpload> {
  try {
    const announced = Number(req.headers['content-length'] ?? 0);
    if (announced > target.maxBytes + FORM_OVERHEAD_BYTES) throw tooLarge(announced, target.maxBytes);
    const contentType = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (contentType === 'multipart/form-data') return await receiveForm(req, target);
    if (contentType === 'application/octet-stream' || contentType.startsWith('video/'))
      return await store(req, req, target.fileName, contentType, target);
    throw new HivisError(
      'unsupported_media_type',
      'Send the file as multipart/form-data, or as the body itself with Content-Type: application/octet-stream or video/….',
    );
  } catch (error) {
    drain(req);
    throw error;
  }
}

async function receiveForm(req: IncomingMessage, target: UploadTarget): Promise<ReceivedUpload> {
  const form = openForm(req);
  try {
    return await new Promise<ReceivedUpload>((resolve, reject) => {
      let found = false;
      form.on('file', (_field, file, info) => {
        found = true;
        store(req, file, info.filename, info.mimeType, target).then(resolve, reject);
      });
      form.on('error', () => {
        reject(invalidRequest([{ path: 'file', message: 'the form is broken or ends too early: send it again' }]));
      });
      form.on('close', () => {
        if (!found) reject(invalidRequest([{ path: 'file', message: 'the form holds no file' }]));
      });
      req.once('close', () => {
        if (!req.complete) reject(cutOff());
      });
      req.pipe(form);
    });
  } finally {
    req.unpipe(form);
  }
}

function openForm(req: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields: 20, fieldSize: 10_000 },
    });
  } catch {
    throw invalidRequest([{ path: '', message: 'the Content-Type of the form has no usable boundary' }]);
  }
}

async function store(
  req: IncomingMessage,
  body: Readable,
  fileName: string | undefined,
  contentType: string,
  target: UploadTarget,
): Promise<ReceivedUpload> {
  const meter = new VideoMeter({ maxBytes: target.maxBytes, contentType });
  const checked = new CheckedBody(meter);
  const onGone = (): void => {
    if (!req.complete) checked.destroy(cutOff());
  };
  req.once('close', onGone);
  body.once('error', () => checked.destroy(cutOff()));
  body.pipe(checked);
  // It may fail before the storage has begun to listen to it.
  let refusal: Error | undefined;
  checked.on('error', (error) => (refusal ??= error));
  try {
    await target.storage.put(target.key, checked);
    const { sha256, sizeBytes } = checked.finished();
    return { sha256, sizeBytes, fileName: sanitizeFileName(fileName ?? null) || 'video' };
  } catch (error) {
    body.unpipe(checked);
    body.resume();
    await target.storage.delete(target.key).catch(() => undefined);
    throw refusal ?? error;
  } finally {
    req.off('close', onGone);
  }
}

/** Passes bytes on as long as they are allowed. */
class CheckedBody extends Transform {
  readonly #meter: VideoMeter;
  #result: { readonly sha256: string; readonly sizeBytes: number } | undefined;

  constructor(meter: VideoMeter) {
    super();
    this.#meter = meter;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    attempt(done, () => {
      this.#meter.add(chunk);
      this.push(chunk);
    });
  }

  override _flush(done: TransformCallback): void {
    attempt(done, () => {
      this.#result = this.#meter.finish();
    });
  }

  finished(): { readonly sha256: string; readonly sizeBytes: number } {
    if (this.#result === undefined) throw cutOff();
    return this.#result;
  }
}

function attempt(done: TransformCallback, work: () => void): void {
  try {
    work();
    done();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

function cutOff(): HivisError {
  return new HivisError('invalid_request', 'The upload ended before its last byte. Send the file again.');
}

function drain(req: IncomingMessage): void {
  req.resume();
  const timer = setTimeout(() => req.destroy(), DRAIN_MS);
  timer.unref();
  req.once('close', () => clearTimeout(timer));
}
