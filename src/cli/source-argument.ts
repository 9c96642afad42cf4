import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { parsePublicUrl } from '../ingest/url-guard.js';
import { HivisError } from '../shared/errors.js';

/** What `hivis analyze` was pointed at. */
export type Source =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly name: string;
      readonly sizeBytes: number;
      readonly modifiedMs: number;
    }
  | { readonly kind: 'url'; readonly url: string; readonly name: string };

/** Looks at the argument before anything is started, so that a typing error costs no time. */
export async function readSource(argument: string): Promise<Source> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(argument)) return readUrl(argument);
  let filePath: string;
  let found;
  try {
    filePath = await realpath(argument);
    found = await stat(filePath);
  } catch (cause) {
    throw new HivisError('invalid_request', explainMissing(argument, cause), { cause });
  }
  if (found.isDirectory())
    throw new HivisError('invalid_request', `${argument} is a folder. Name one video file, or a http(s) URL.`);
  if (!found.isFile())
    throw new HivisError('invalid_request', `${argument} is not a regular file. Name a video file, or a http(s) URL.`);
  if (found.size === 0)
    throw new HivisError('source_empty', `${argument} is empty (0 bytes). Check how it was copied or recorded.`);
  return {
    kind: 'file',
    path: filePath,
    name: path.basename(argument),
    sizeBytes: found.size,
    modifiedMs: Math.floor(found.mtimeMs),
  };
}

/** Whether the address may be private is the server's decision, see `assertUrlAllowed`. */
function readUrl(text: string): Source {
  const scheme = /^[^:]*/.exec(text)?.[0].toLowerCase();
  if (scheme !== 'http' && scheme !== 'https')
    throw new HivisError(
      'invalid_url',
      `hivis downloads http:// and https:// only, not ${scheme}://. For a file on this machine give its path.`,
    );
  const url = parsePublicUrl(text, { allowPrivate: true, allowedHosts: [] });
  const last = url.pathname.split('/').findLast((part) => part !== '');
  return { kind: 'url', url: url.href, name: last === undefined ? url.hostname : safeDecode(last) };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function explainMissing(argument: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return `There is no file ${argument}. Check the path; URLs begin with http:// or https://.`;
  if (code === 'EACCES') return `${argument} cannot be read: permission denied.`;
  return `${argument} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
}
