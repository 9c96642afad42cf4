/** Keeps the end of a text that may be endless: what a tool said last explains why it stopped. */
export type Tail = { append(chunk: Uint8Array | string): void; text(): string };

export function createTail(maxBytes: number): Tail {
  let kept = Buffer.alloc(0);
  return {
    append(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      const joined = Buffer.concat([kept, bytes.length > maxBytes ? bytes.subarray(bytes.length - maxBytes) : bytes]);
      kept = joined.length > maxBytes ? joined.subarray(joined.length - maxBytes) : joined;
    },
    text: () => kept.toString('utf8').trim(),
  };
}
