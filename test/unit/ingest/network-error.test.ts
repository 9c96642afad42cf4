import { describe, expect, test } from 'vitest';
import { errorCodeOf, isBrokenConnection, toNetworkError } from '../../../src/ingest/network-error.js';
import { HivisError } from '../../../src/shared/errors.js';

const withCode = (code: string): Error => Object.assign(new Error('boom'), { code });

describe('toNetworkError', () => {
  test.each([
    ['ENOTFOUND', 'host_unreachable', false],
    ['EAI_AGAIN', 'host_unreachable', true],
    ['ECONNREFUSED', 'host_unreachable', true],
    ['UND_ERR_CONNECT_TIMEOUT', 'host_unreachable', true],
    ['ECONNRESET', 'download_failed', true],
    ['UND_ERR_SOCKET', 'download_failed', true],
    ['CERT_HAS_EXPIRED', 'download_failed', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'download_failed', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'download_failed', false],
    ['EPROTO', 'download_failed', false],
    ['HPE_INVALID_CONSTANT', 'download_failed', false],
    ['UND_ERR_HEADERS_OVERFLOW', 'download_failed', false],
  ] as const)('%s → %s, retryable %s', (code, expected, retryable) => {
    const error = toNetworkError(withCode(code), 'example.com');
    expect(error).toMatchObject({ code: expected, retryable });
    expect(error?.message).toContain('example.com');
  });

  test('sees through causes and bundles, and leaves the rest alone', () => {
    const wrapped = new TypeError('fetch failed', { cause: new AggregateError([withCode('ECONNREFUSED')]) });
    expect(errorCodeOf(wrapped)).toBe('ECONNREFUSED');
    expect(toNetworkError(new Error('other'), 'h')).toBeUndefined();
    expect(toNetworkError('text', 'h')).toBeUndefined();
    const ours = new HivisError('cancelled', 'x');
    expect(toNetworkError(ours, 'h')).toBe(ours);
    expect(isBrokenConnection(withCode('EPIPE'))).toBe(true);
    expect(isBrokenConnection(ours)).toBe(false);
  });
});
