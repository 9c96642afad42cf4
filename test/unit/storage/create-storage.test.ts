import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { createStorage } from '../../../src/storage/create-storage.js';
import { LocalStorage } from '../../../src/storage/local-storage.js';
import { S3Storage } from '../../../src/storage/s3-storage.js';

const S3 = { endpoint: null, region: 'us-east-1', pathStyle: true, accessKeyId: 'k', secretAccessKey: 's' };

describe('createStorage', () => {
  test('takes the configuration as it is', () => {
    const storage = createStorage(loadConfig({ DATA_DIR: '/srv/hivis data#1' }).storage);
    expect(storage.localPath('a/b')).toBe('/srv/hivis data#1/storage/a/b');
  });

  test('makes a folder of file://, with or without escapes', () => {
    expect(createStorage({ url: 'file:///srv/x', s3: S3 })).toBeInstanceOf(LocalStorage);
    expect(createStorage({ url: 'file:///srv/my%20files/', s3: S3 }).localPath('a')).toBe('/srv/my files/a');
  });

  test('makes a bucket of s3://', () => {
    const storage = createStorage({ url: 's3://bucket/some/prefix/', s3: S3 });
    expect(storage).toBeInstanceOf(S3Storage);
    expect(storage.localPath('a')).toBeUndefined();
    expect(createStorage({ url: 's3://bucket', s3: S3 })).toBeInstanceOf(S3Storage);
  });

  test.each([
    ['http://bucket', S3, 'STORAGE_URL'],
    ['s3:///prefix', S3, 'STORAGE_URL'],
    ['s3://bucket', { ...S3, endpoint: 'minio:9000' }, 'S3_ENDPOINT'],
    ['s3://bucket', { ...S3, secretAccessKey: null }, 'S3_SECRET_ACCESS_KEY'],
    [
      's3://bucket',
      { ...S3, endpoint: 'http://minio:9000', accessKeyId: null, secretAccessKey: null },
      'S3_ACCESS_KEY_ID',
    ],
  ])('refuses %s with %j', (url, s3, variable) => {
    expect(() => createStorage({ url, s3 })).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(variable) as string }),
    );
  });

  test('AWS can do without keys: the role of the machine is used', () => {
    const s3 = { ...S3, accessKeyId: null, secretAccessKey: null };
    expect(createStorage({ url: 's3://bucket', s3 })).toBeInstanceOf(S3Storage);
  });
});
