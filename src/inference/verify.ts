import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HivisError } from '../shared/errors.js';
import { sha256File } from '../shared/hash.js';
import type { ModelEntry } from './model-entry.js';

/** Checks size, then SHA-256 of a model file against its entry. Throws `model_invalid` naming the field that differs. */
export async function verifyModelFile(
  dir: string,
  entry: Pick<ModelEntry, 'id' | 'file' | 'sizeBytes' | 'sha256'>,
): Promise<void> {
  const file = path.join(dir, entry.file);
  const found = await stat(file).catch((cause: unknown) => {
    throw mismatch(entry, 'file', entry.file, 'nothing readable', cause);
  });
  if (found.size !== entry.sizeBytes) throw mismatch(entry, 'sizeBytes', entry.sizeBytes, found.size);
  const { sha256 } = await sha256File(file);
  if (sha256 !== entry.sha256) throw mismatch(entry, 'sha256', entry.sha256, sha256);
}

function mismatch(
  entry: Pick<ModelEntry, 'id' | 'file'>,
  field: string,
  expected: string | number,
  found: string | number,
  cause?: unknown,
): HivisError {
  return new HivisError(
    'model_invalid',
    `Model ${entry.id}: ${field} of ${entry.file} is ${found}, the manifest says ${expected}. Copy the file again, or correct the manifest.`,
    { cause, details: { field, expected, found, file: entry.file } },
  );
}
