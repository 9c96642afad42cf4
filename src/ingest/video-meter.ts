import { createHash } from 'node:crypto';
import { HivisError } from '../shared/errors.js';
import { requireContainer } from './describe-content.js';
import { SNIFF_BYTES, type Container } from './sniff.js';

export type MeteredVideo = { readonly sha256: string; readonly sizeBytes: number; readonly container: Container };

/**
 * Everything that is checked while the bytes of a source pass by, downloaded or uploaded: size limit, container,
 * SHA-256. The container is judged as soon as enough bytes are there, so a web page does not have to arrive whole.
 */
export class VideoMeter {
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  readonly #contentType: string | null;
  readonly #head: Uint8Array[] = [];
  #container: Container | null = null;
  #sizeBytes = 0;

  constructor(options: { readonly maxBytes: number; readonly contentType?: string | null }) {
    this.#maxBytes = options.maxBytes;
    this.#contentType = options.contentType ?? null;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws `source_too_large` or `source_not_a_video`. */
  add(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#maxBytes) throw tooLarge(this.#sizeBytes, this.#maxBytes);
    this.#hash.update(chunk);
    if (this.#container !== null) return;
    this.#head.push(Uint8Array.from(chunk.subarray(0, SNIFF_BYTES)));
    if (this.#sizeBytes >= SNIFF_BYTES) this.#judge();
  }

  /** After the last byte. Throws `source_empty` or `source_not_a_video`. */
  finish(): MeteredVideo {
    const container = this.#container ?? this.#judge();
    return { sha256: this.#hash.digest('hex'), sizeBytes: this.#sizeBytes, container };
  }

  #judge(): Container {
    const head = Buffer.concat(this.#head).subarray(0, SNIFF_BYTES);
    this.#head.length = 0;
    this.#container = requireContainer(head, this.#contentType);
    return this.#container;
  }
}

/** `sizeBytes` may be what the sender announced. */
export function tooLarge(sizeBytes: number, maxBytes: number): HivisError {
  return new HivisError(
    'source_too_large',
    `The file is larger than the limit of ${formatMegabytes(maxBytes)}. Cut or re-encode it, or ask the operator to raise MAX_SOURCE_BYTES.`,
    { details: { sizeBytes, maxBytes } },
  );
}

function formatMegabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${bytes} bytes` : `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}
