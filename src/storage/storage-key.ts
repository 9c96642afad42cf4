import { HivisError } from '../shared/errors.js';

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;
const MAX_KEY_LENGTH = 700;

/**
 * Keys are relative paths of harmless segments: none begins with a dot, so neither `..` nor a hidden file can be named,
 * and no separator of another system is possible. Throws `internal`, because keys are made by `keys.ts` and not by users.
 */
export function checkKey(key: string): string {
  const isValid = key.length <= MAX_KEY_LENGTH && key.split('/').every((segment) => SEGMENT.test(segment));
  if (!isValid) throw new HivisError('internal', `Not a storage key: ${JSON.stringify(key.slice(0, 100))}`);
  return key;
}

/** A folder as `a/b/`, with or without the slash given; '' (everything) stays ''. */
export function checkPrefix(prefix: string): string {
  const folder = prefix.replace(/\/$/, '');
  return folder === '' ? '' : `${checkKey(folder)}/`;
}

/** Deleting everything is never meant. */
export function checkDeletablePrefix(prefix: string): string {
  const folder = checkPrefix(prefix);
  if (folder === '') throw new HivisError('internal', 'A prefix must be given to delete files');
  return folder;
}
