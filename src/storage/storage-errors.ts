import { diskFull, isDiskFull } from '../shared/disk-full.js';
import { HivisError } from '../shared/errors.js';

export function missingFile(key: string, cause?: unknown): HivisError {
  return new HivisError('storage_failed', `The stored file ${key} is missing. It may have been deleted meanwhile.`, {
    details: { key, missing: true },
    cause,
  });
}

export function outOfRange(key: string, sizeBytes: number): HivisError {
  return new HivisError('range_not_satisfiable', `The range lies beyond the end of the file (${sizeBytes} bytes).`, {
    details: { key, sizeBytes },
  });
}

export function wrongSize(key: string, sizeBytes: number, expectedBytes: number, retryable: boolean): HivisError {
  return new HivisError(
    'storage_failed',
    `The stored file ${key} has ${sizeBytes} bytes instead of ${expectedBytes}. Retry the analysis to fetch its source again.`,
    { retryable, details: { key, sizeBytes, expectedBytes } },
  );
}

/** An error of the file system. What is not one (a body's own failure, ours) comes back unchanged. */
export function toFileError(thrown: unknown, what: string): unknown {
  if (thrown instanceof HivisError || !isSystemError(thrown)) return thrown;
  if (isDiskFull(thrown)) return diskFull(thrown);
  const refused = thrown.code === 'EACCES' || thrown.code === 'EPERM' || thrown.code === 'EROFS';
  const advice = refused ? 'Let the user that runs hivis write there.' : 'Check the disk.';
  return new HivisError('storage_failed', `${what} failed (${thrown.code}). ${advice}`, {
    retryable: !refused,
    cause: thrown,
    details: { reason: thrown.code },
  });
}

export function isMissing(thrown: unknown): boolean {
  return isSystemError(thrown) && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR');
}

export function isSystemError(thrown: unknown): thrown is Error & { readonly code: string; readonly syscall: string } {
  return thrown instanceof Error && 'syscall' in thrown && 'code' in thrown && typeof thrown.code === 'string';
}
