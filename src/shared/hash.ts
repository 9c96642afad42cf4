import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Hash and size in one pass over the file. */
export async function sha256File(
  filePath: string,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const counter = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  };
  await pipeline(createReadStream(filePath, { highWaterMark: 1 << 20 }), counter, ...(signal ? [{ signal }] : []));
  return { sha256: hash.digest('hex'), sizeBytes };
}

export function sha256Bytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
