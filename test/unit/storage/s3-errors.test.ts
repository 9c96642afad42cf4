import { describe, expect, test } from 'vitest';
import { HivisError } from '../../../src/shared/errors.js';
import { isMissingObject, isTemporary, toS3Error } from '../../../src/storage/s3-errors.js';

const withCode = (code: string): Error => Object.assign(new Error('their words'), { code });

describe('toS3Error', () => {
  test.each([
    ['NoSuchBucket', 'STORAGE_URL', false],
    ['InvalidAccessKeyId', 'S3_ACCESS_KEY_ID', false],
    ['SignatureDoesNotMatch', 'S3_SECRET_ACCESS_KEY', false],
    ['AccessDenied', 'Check the keys', false],
    ['AuthorizationHeaderMalformed', 'S3_REGION', false],
    ['RequestTimeTooSkewed', 'time of this machine', false],
    ['ECONNREFUSED', 'S3_ENDPOINT', true],
    ['ENOTFOUND', 'S3_ENDPOINT', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'S3_ENDPOINT', false],
    ['SlowDown', 'Try again later', true],
    ['SomethingNew', 'their words (SomethingNew)', true],
  ] as const)('%s says what to do', (code, advice, retryable) => {
    const error = toS3Error(withCode(code), 'Storing a/b in S3');
    expect(error).toMatchObject({ code: 'storage_failed', retryable, details: { reason: code } });
    expect(error.message).toMatch(/^Storing a\/b in S3 failed: /);
    expect(error.message).toContain(advice);
  });

  test('knows the status that the library hides in a message', () => {
    const hidden = new Error('Request failed after 0 retries: Error: Retryable HTTP status: 503');
    expect(isTemporary(hidden)).toBe(true);
    expect(toS3Error(hidden, 'x')).toMatchObject({ retryable: true, details: { reason: 'HTTP503' } });
  });

  test('leaves ours alone', () => {
    const ours = new HivisError('cancelled', 'x');
    expect(toS3Error(ours, 'y')).toBe(ours);
    expect(isTemporary(ours)).toBe(false);
  });
});

test('missing objects are told apart from missing buckets', () => {
  expect(isMissingObject(withCode('NoSuchKey'))).toBe(true);
  expect(isMissingObject(withCode('NotFound'))).toBe(true);
  expect(isMissingObject(withCode('NoSuchBucket'))).toBe(false);
  expect(isMissingObject('text')).toBe(false);
});
