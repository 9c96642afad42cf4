import { fileURLToPath } from 'node:url';
import { HivisError } from '../shared/errors.js';
import { LocalStorage } from './local-storage.js';
import { S3Storage } from './s3-storage.js';
import type { S3Settings } from './s3-client.js';
import type { Storage } from './storage.js';

/** `config.storage`, as far as it is needed here. */
export type StorageSettings = {
  /** file:///folder or s3://bucket/prefix */
  readonly url: string;
  readonly s3: Omit<S3Settings, 'bucket' | 'prefix'>;
};

/** The storage that the configuration names. Nothing is contacted yet: `check()` does that. */
export function createStorage(settings: StorageSettings): Storage {
  if (settings.url.startsWith('file://')) return new LocalStorage(toFolder(settings.url));
  const target = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(settings.url);
  if (target === null)
    throw new HivisError('config_invalid', 'STORAGE_URL must be file:///folder or s3://bucket/prefix.');
  const folder = (target[2] ?? '').replace(/^\/+|\/+$/g, '');
  return new S3Storage({ ...settings.s3, bucket: target[1] ?? '', prefix: folder === '' ? '' : `${folder}/` });
}

/** A default that was put together from a path may hold spaces or `#`, which a URL would have escaped. */
function toFolder(url: string): string {
  const text = url.slice('file://'.length);
  return /%[0-9a-f]{2}/i.test(text) ? fileURLToPath(url) : text;
}
