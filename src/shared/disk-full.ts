import { HivisError } from './errors.js';

/** No space left on the disk, or a quota reached. */
export function isDiskFull(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT';
}

export function diskFull(cause?: unknown): HivisError {
  return new HivisError(
    'disk_full',
    'The disk is full. Free space (RETENTION_DAYS, RETENTION_MAX_BYTES) and try again.',
    { retryable: true, cause },
  );
}
