import { describe, expect, test } from 'vitest';
import { nextHop } from '../../../src/ingest/open-source.js';

const POLICY = { allowPrivate: false, allowedHosts: [] };
const SECURE = new URL('https://example.com/a/b.mp4?token=secret');
const PLAIN = new URL('http://example.com/a/b.mp4');

describe('nextHop', () => {
  test('resolves relative addresses and goes up to https', () => {
    expect(nextHop('../c.mp4', SECURE, POLICY).href).toBe('https://example.com/c.mp4');
    expect(nextHop('//cdn.example.com/x', SECURE, POLICY).href).toBe('https://cdn.example.com/x');
    expect(nextHop('https://cdn.example.com/x', PLAIN, POLICY).href).toBe('https://cdn.example.com/x');
    expect(nextHop('http://cdn.example.com/x', PLAIN, POLICY).href).toBe('http://cdn.example.com/x');
  });

  test('never goes down from https to http', () => {
    expect(() => nextHop('http://example.com/a/b.mp4', SECURE, POLICY)).toThrow(
      expect.objectContaining({ code: 'url_not_allowed', message: expect.stringContaining('unencrypted') as string }),
    );
  });

  test('says where a refused redirect came from, without its query', () => {
    expect(() => nextHop('http://10.0.0.1/', SECURE, POLICY)).toThrow(
      /^A redirect of https:\/\/example\.com\/a\/b\.mp4 was refused: The URL names a private network/,
    );
  });

  test.each([null, 'http://', 'http://[::1'])('calls the location %j invalid', (location) => {
    expect(() => nextHop(location, SECURE, POLICY)).toThrow(expect.objectContaining({ code: 'download_failed' }));
  });
});
