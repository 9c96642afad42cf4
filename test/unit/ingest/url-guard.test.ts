import { describe, expect, test } from 'vitest';
import { parsePublicUrl, redactUrl } from '../../../src/ingest/url-guard.js';
import { HivisError } from '../../../src/shared/errors.js';

const PUBLIC_ONLY = { allowPrivate: false, allowedHosts: [] };
const PRIVATE_TOO = { allowPrivate: true, allowedHosts: [] };

function refusalOf(text: string, policy: Parameters<typeof parsePublicUrl>[1] = PUBLIC_ONLY): HivisError {
  try {
    parsePublicUrl(text, policy);
  } catch (error) {
    if (error instanceof HivisError) return error;
  }
  throw new Error(`${text} was not refused`);
}

describe('parsePublicUrl', () => {
  test.each([
    ['https://example.com/a%20b.mp4?sig=1#t=3', 'https://example.com/a%20b.mp4?sig=1'],
    ['  http://example.com/x  ', 'http://example.com/x'],
    ['HTTPS://EXAMPLE.com:443/x', 'https://example.com/x'],
    ['https://example.com:8443/x', 'https://example.com:8443/x'],
    ['https://bücher.example/ü.mp4', 'https://xn--bcher-kva.example/%C3%BC.mp4'],
    ['http://93.184.216.34/x', 'http://93.184.216.34/x'],
    ['http://[2606:4700::1111]/x', 'http://[2606:4700::1111]/x'],
  ])('takes %s', (text, href) => {
    expect(parsePublicUrl(text, PUBLIC_ONLY).href).toBe(href);
  });

  test.each([
    '',
    'video.mp4',
    '/etc/passwd',
    'example.com/video.mp4',
    'example.com:8080/video.mp4',
    'http://',
    'https:///x',
    'http:example.com/x',
    'http:\\\\example.com\\x',
    'http://exa mple.com/',
    'http://example.com/a\nb',
    'http://example.com/a\tb',
    'http://example.com/\u0000',
    'http://[::1',
    'http://256.256.256.256/',
    'http://[fe80::1%25eth0]/',
    'C:\\videos\\a.mp4',
    `https://example.com/${'a'.repeat(9_000)}`,
  ])('calls %j no URL', (text) => {
    expect(refusalOf(text).code).toBe('invalid_url');
  });

  test.each([
    'ftp://example.com/video.mp4',
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'gopher://127.0.0.1:6379/_INFO',
    'rtsp://example.com/stream',
    'javascript:alert(1)',
    's3://bucket/video.mp4',
    'concat:a|b',
    'blob:https://example.com/1',
  ])('refuses the scheme of %s', (text) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('url_not_allowed');
    expect(refusal.message).toContain('http:// or https://');
  });

  test.each(['https://user:pass@example.com/x', 'https://user@example.com/x', 'https://:pass@example.com/x'])(
    'refuses credentials in %s without repeating them',
    (text) => {
      const refusal = refusalOf(text);
      expect(refusal.code).toBe('url_not_allowed');
      expect(refusal.message).toContain('signed URL');
      expect(refusal.message).not.toContain('pass@');
    },
  );

  test('is not fooled by an @ or a backslash about the host', () => {
    expect(refusalOf('http://example.com@127.0.0.1/x').code).toBe('url_not_allowed');
    expect(refusalOf('http://127.0.0.1\\@example.com/x').code).toBe('url_not_allowed');
    expect(parsePublicUrl('http://example.com\\@127.0.0.1/x', PUBLIC_ONLY).hostname).toBe('example.com');
    expect(parsePublicUrl('http://example.com#@127.0.0.1/x', PUBLIC_ONLY).href).toBe('http://example.com/');
  });

  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://10.0.0.1/',
    'http://192.168.0.10:8080/',
    'http://[fd00::1]/',
    'http://100.64.1.1/',
    'http://localhost/',
    'http://LOCALHOST:9000/',
    'http://localhost./',
    'http://video.localhost/',
    'http://printer.local/',
    'http://vault.internal/',
    'http://nas.home.arpa/',
  ])('refuses the private target %s unless private addresses are allowed', (text) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('url_not_allowed');
    expect(refusal.message).toContain('URL_ALLOW_PRIVATE');
    expect(parsePublicUrl(text, PRIVATE_TOO).protocol).toBe('http:');
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0/',
    'http://0.0.0.0:3000/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[2002:7f00:1::]/',
    'http://[::127.0.0.1]/',
  ])('refuses %s whatever is allowed', (text) => {
    expect(refusalOf(text).code).toBe('url_not_allowed');
    expect(refusalOf(text, PRIVATE_TOO).code).toBe('url_not_allowed');
  });

  test.each([0, 22, 25, 5432, 6379, 11211])('refuses port %d, which no web server has', (port) => {
    expect(refusalOf(`http://example.com:${port}/`).message).toContain(`Port ${port}`);
    expect(refusalOf(`http://10.0.0.1:${port}/`, PRIVATE_TOO).message).toContain(`Port ${port}`);
  });

  test('keeps to the list of allowed hosts', () => {
    const policy = {
      allowPrivate: false,
      allowedHosts: ['videos.example.com', '*.cdn.example', 'one.test:8443', '1.1.1.1'],
    };
    for (const text of [
      'https://videos.example.com/x',
      'https://VIDEOS.example.com:8080/x',
      'https://videos.example.com./x',
      'https://a.b.cdn.example/x',
      'https://one.test:8443/x',
      'http://1.1.1.1/x',
    ])
      expect(parsePublicUrl(text, policy).protocol).toMatch(/^https?:$/);
    for (const text of [
      'https://example.com/x',
      'https://videos.example.com.evil.test/x',
      'https://cdn.example/x',
      'https://evilcdn.example/x',
      'https://one.test/x',
      'http://1.1.1.2/x',
    ])
      expect(refusalOf(text, policy).message).toContain('URL_ALLOWED_HOSTS');
  });

  test('an allowed host is no way around the private networks', () => {
    const policy = { allowPrivate: false, allowedHosts: ['10.0.0.1', 'localhost', '[::1]'] };
    expect(refusalOf('http://10.0.0.1/', policy).message).toContain('private');
    expect(refusalOf('http://localhost/', policy).message).toContain('private');
    expect(refusalOf('http://[::1]/', policy).message).toContain('loopback');
  });
});

describe('redactUrl', () => {
  test('leaves out credentials, query and fragment', () => {
    expect(redactUrl('https://user:secret@example.com:8443/a/b.mp4?X-Amz-Signature=abc#t=1')).toBe(
      'https://example.com:8443/a/b.mp4',
    );
    expect(redactUrl(new URL('http://example.com?token=1'))).toBe('http://example.com/');
    expect(redactUrl('token=secret')).toBe('(not a URL)');
  });
});
