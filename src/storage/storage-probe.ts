import { randomBytes } from 'node:crypto';
import { HivisError } from '../shared/errors.js';
import type { Storage } from './storage.js';

/** Writes, reads and deletes a small file; throws what failed. The name is random: many processes probe at once. */
export async function probeStorage(storage: Pick<Storage, 'put' | 'read' | 'delete'>): Promise<void> {
  const key = `checks/${randomBytes(8).toString('hex')}`;
  const content = randomBytes(16);
  await storage.put(key, content);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of (await storage.read(key)) as AsyncIterable<Buffer>) chunks.push(chunk);
    if (!Buffer.concat(chunks).equals(content))
      throw new HivisError('storage_failed', 'The storage returned other bytes than were written. Check its disk.');
  } finally {
    await storage.delete(key);
  }
}
