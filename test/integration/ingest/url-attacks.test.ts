/**
 * The attack suite of the guarded downloader: what somebody might try who may submit a URL. 127.0.0.1 plays the public
 * internet, [::1] the private network; names come from a scripted resolver. In every case the private server must not
 * even see a connection, and no file may be left.
 */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDownloads, fakeResolver, type Downloads } from '../../support/download.js';
import { makeSelfSignedCertificate } from '../../support/tls.js';
import {
  answer,
  drip,
  fakeVideo,
  file,
  rawAnswer,
  redirectTo,
  silence,
  startVideoServer,
  type VideoServer,
} from '../../support/video-server.js';

const VIDEO = fakeVideo(200_000);
const BOMB = gzipSync(Buffer.alloc(20_000_000));

let secret: VideoServer;
let server: VideoServer;
let downloads: Downloads;
const extraServers: VideoServer[] = [];

beforeAll(async () => {
  // Without IPv6 on this machine nothing listens there; the refusals are the same.
  secret = await startVideoServer({ '/video.mp4': file(VIDEO) }, { host: '::1' }).catch(() =>
    startVideoServer({ '/video.mp4': file(VIDEO) }),
  );
  server = await startVideoServer({
    '/video.mp4': file(VIDEO),
    '/to-private': redirectTo(`http://[::1]:${secret.port}/video.mp4`),
    '/to-private-name': redirectTo(`http://private.test:${secret.port}/video.mp4`),
    '/to-metadata': redirectTo('http://169.254.169.254/latest/meta-data/iam/'),
    '/to-mapped': redirectTo(`http://[::ffff:10.0.0.1]:${secret.port}/`),
    '/to-hex': redirectTo('http://0x7f.0x0.0x0.0x2/'),
    '/to-file': redirectTo('file:///etc/passwd'),
    '/to-data': redirectTo('data:video/mp4;base64,AAAAGGZ0eXBpc29t'),
    '/to-gopher': redirectTo('gopher://127.0.0.1:6379/_FLUSHALL'),
    '/to-credentials': redirectTo(`http://user:pass@127.0.0.1/video.mp4`),
    '/to-redis': redirectTo('http://127.0.0.1:6379/'),
    '/to-nowhere': redirectTo('http://'),
    '/loop-a': redirectTo('/loop-b'),
    '/loop-b': redirectTo('/loop-a', 307),
    '/loop-self': redirectTo('/loop-self', 308),
    '/endless': redirectTo((request) => `/endless?n=${Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0) + 1}`),
    '/hop': redirectTo('/hop2', 301),
    '/hop2': redirectTo('video.mp4', 303),
    '/playlist.mp4': answer(200, `#EXTM3U\n#EXTINF:1,\nhttp://[::1]:${secret.port}/video.mp4\n`, {
      'content-type': 'video/mp4',
    }),
    '/concat.mp4': answer(200, 'ffconcat version 1.0\nfile /etc/passwd\n', { 'content-type': 'video/mp4' }),
    '/drip': drip({ head: VIDEO.subarray(0, 5_000), bytesPerWrite: 1, intervalMs: 20 }),
    '/drip-announced': drip({ head: Buffer.alloc(0), bytesPerWrite: 1, intervalMs: 20, length: 1_000_000 }),
    '/stall': drip({ head: VIDEO.subarray(0, 5_000), bytesPerWrite: 1, intervalMs: 3_600_000 }),
    '/silence': silence(),
    '/slow-headers': (request) => {
      request.socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => request.socket.write('x: y\r\n'), 20);
      request.socket.on('close', () => clearInterval(timer));
    },
    '/gzip-bomb': answer(200, BOMB, { 'content-encoding': 'gzip', 'content-type': 'video/mp4' }),
    '/gzip-bomb-plain': answer(200, BOMB, { 'content-type': 'video/mp4' }),
    '/header-bomb': rawAnswer(['HTTP/1.1 200 OK\r\n', `x-bomb: ${'a'.repeat(2_000_000)}\r\n\r\n`]),
    '/not-http': rawAnswer(['220 mail.example.com ESMTP\r\n']),
    '/two-lengths': rawAnswer(['HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-length: 20\r\n\r\n', VIDEO]),
    '/smuggled': rawAnswer([
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      VIDEO,
    ]),
    '/shorter-than-announced': rawAnswer([`HTTP/1.1 200 OK\r\ncontent-length: ${VIDEO.length + 1}\r\n\r\n`, VIDEO]),
    '/chunks-cut': rawAnswer([
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${VIDEO.length.toString(16)}\r\n`,
      VIDEO,
    ]),
    '/reset': file(VIDEO, { cutAfterBytes: () => 50_000 }),
    '/huge-announced': rawAnswer(['HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n', VIDEO]),
    '/huge-unannounced': (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(VIDEO));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
  });
});

beforeAll(async () => {
  downloads = await createDownloads();
});

afterEach(async () => {
  expect(secret.connectionCount()).toBe(0);
  await Promise.all(extraServers.splice(0).map((extra) => extra.close()));
});

afterAll(async () => {
  await Promise.all([server.close(), secret.close(), downloads.remove()]);
});

describe('addresses', () => {
  test('the stage is set: the public server can be reached, the private one is refused', async () => {
    await expect(downloads.download(server.url('/video.mp4'))).resolves.toMatchObject({ sizeBytes: VIDEO.length });
    await downloads.remove();
    downloads = await createDownloads();
    expect((await downloads.refusalOf(`http://[::1]:${secret.port}/video.mp4`)).code).toBe('url_not_allowed');
  });

  test.each([
    'http://127.0.0.2/',
    'http://0x7f.2/',
    'http://0177.0.0.2/',
    'http://2130706434/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::ffff:7f00:2]/',
    'http://[64:ff9b::a00:1]/',
    'http://[2002:a00:1::]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://224.0.0.1/',
    'http://user:pass@127.0.0.1/',
    'ftp://127.0.0.1/video.mp4',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'gopher://127.0.0.1:6379/_INFO',
    'http://127.0.0.1:6379/',
  ])('%s is refused before anything is sent', async (url) => {
    const before = server.connectionCount();
    expect((await downloads.refusalOf(url)).code).toBe('url_not_allowed');
    expect(server.connectionCount()).toBe(before);
  });

  test.each([
    ['private', [['::1']]],
    ['mapped', [['::ffff:10.0.0.1']]],
    ['metadata', [['169.254.169.254']]],
    ['one bad among good', [['127.0.0.1', '10.0.0.1']]],
    ['one bad IPv6 beside a good IPv4', [['127.0.0.1', 'fd00::1']]],
    ['unspecified', [['0.0.0.0']]],
  ])('a name that resolves to %s is refused', async (_case, answers) => {
    const { resolve } = fakeResolver({ 'video.test': answers });
    const before = server.connectionCount();
    const refusal = await downloads.refusalOf(server.url('/video.mp4', 'video.test'), { resolve });
    expect(refusal.code).toBe('url_not_allowed');
    expect(refusal.message).not.toMatch(/10\.0\.0\.1|fd00/);
    expect(server.connectionCount()).toBe(before);
  });
});

describe('DNS rebinding', () => {
  test('the checked address is the one that is connected to, with no second lookup', async () => {
    const { resolve, lookups } = fakeResolver({ 'rebind.test': [['127.0.0.1'], ['::1']] });
    const saved = await downloads.download(server.url('/video.mp4', 'rebind.test'), { resolve });
    expect(saved.sizeBytes).toBe(VIDEO.length);
    expect(lookups).toEqual(['rebind.test']);
    await downloads.remove();
    downloads = await createDownloads();
  });

  test('a name that turns private between two hops is refused at the second', async () => {
    const hop = await startVideoServer({ '/start': redirectTo(`http://rebind.test:${secret.port}/video.mp4`) });
    extraServers.push(hop);
    const { resolve, lookups } = fakeResolver({ 'rebind.test': [['127.0.0.1'], ['::1']] });
    const refusal = await downloads.refusalOf(hop.url('/start', 'rebind.test'), { resolve });
    expect(refusal.code).toBe('url_not_allowed');
    expect(lookups).toEqual(['rebind.test', 'rebind.test']);
  });
});

describe('redirects', () => {
  test.each([
    '/to-private',
    '/to-private-name',
    '/to-metadata',
    '/to-mapped',
    '/to-hex',
    '/to-file',
    '/to-data',
    '/to-gopher',
    '/to-credentials',
    '/to-redis',
  ])('%s is refused at the hop', async (path) => {
    const { resolve } = fakeResolver({ 'private.test': [['::1']] });
    const refusal = await downloads.refusalOf(server.url(path), { resolve });
    expect(refusal.code).toBe('url_not_allowed');
    expect(refusal.message).not.toContain('user:pass');
  });

  test('a redirect leaves the list of allowed hosts as little as the URL itself', async () => {
    const { resolve } = fakeResolver({ 'allowed.test': [['127.0.0.1']] });
    const policy = { allowPrivate: true, allowedHosts: ['allowed.test'] };
    const refusal = await downloads.refusalOf(server.url('/to-hex', 'allowed.test'), { resolve, policy });
    expect(refusal.message).toContain('URL_ALLOWED_HOSTS');
  });

  test.each(['/loop-a', '/loop-self'])('%s is seen to be a circle', async (path) => {
    expect(await downloads.refusalOf(server.url(path))).toMatchObject({ code: 'download_failed', retryable: false });
  });

  test('an endless chain ends at the limit', async () => {
    const before = server.requests.length;
    const refusal = await downloads.refusalOf(server.url('/endless'), { limits: { maxRedirects: 3 } });
    expect(refusal.message).toContain('more than 3 times');
    expect(server.requests.length - before).toBe(4);
  });

  test('no redirect at all can be allowed', async () => {
    const refusal = await downloads.refusalOf(server.url('/hop'), { limits: { maxRedirects: 0 } });
    expect(refusal.message).toContain('more than 0 times');
  });

  test('a redirect to nothing is an error, an honest one is followed', async () => {
    expect((await downloads.refusalOf(server.url('/to-nowhere'))).code).toBe('download_failed');
    await expect(downloads.download(server.url('/hop'))).resolves.toMatchObject({ fileName: 'video.mp4' });
    await downloads.remove();
    downloads = await createDownloads();
  });
});

describe('time', () => {
  test('one byte every 20 ms never idles and is still ended by the minimum throughput', async () => {
    const limits = { idleTimeoutMs: 5_000, minBytesPerSecond: 1_024, throughputWindowMs: 500 };
    for (const path of ['/drip', '/drip-announced']) {
      const refusal = await downloads.refusalOf(server.url(path), { limits });
      expect(refusal).toMatchObject({ code: 'download_timeout', retryable: true });
      expect(refusal.details).toEqual({ limit: 'DOWNLOAD_MIN_BYTES_PER_SECOND' });
    }
  });

  test('a drip without minimum throughput is ended by the clock', async () => {
    const refusal = await downloads.refusalOf(server.url('/drip'), { limits: { timeoutMs: 400 } });
    expect(refusal.details).toEqual({ limit: 'DOWNLOAD_TIMEOUT_MS' });
  });

  test.each(['/silence', '/stall', '/slow-headers'])('%s is ended by the idle limit', async (path) => {
    const refusal = await downloads.refusalOf(server.url(path), { limits: { idleTimeoutMs: 300 } });
    expect(refusal).toMatchObject({ code: 'download_timeout', retryable: true });
    expect(refusal.details).toEqual({ limit: 'DOWNLOAD_IDLE_TIMEOUT_MS' });
  });
});

describe('size and content', () => {
  test('a compressed transfer is refused before it is read, compressed bytes are no video', async () => {
    expect((await downloads.refusalOf(server.url('/gzip-bomb'))).message).toContain('content-encoding: gzip');
    expect((await downloads.refusalOf(server.url('/gzip-bomb-plain'))).message).toContain('a gzip archive');
  });

  test('an announced size above the limit is refused at once, an unannounced one at the byte', async () => {
    const announced = await downloads.refusalOf(server.url('/huge-announced'));
    expect(announced).toMatchObject({ code: 'source_too_large', details: { sizeBytes: 99_999_999_999 } });
    const counted = await downloads.refusalOf(server.url('/huge-unannounced'), { limits: { maxBytes: 1_000_000 } });
    expect(counted.code).toBe('source_too_large');
    expect(counted.details['sizeBytes']).toBeLessThan(1_300_000);
  });

  test.each([
    ['/playlist.mp4', 'an HLS playlist'],
    ['/concat.mp4', 'an ffmpeg file list'],
  ])('%s, called video/mp4, is seen for what it is and never followed', async (path, name) => {
    const refusal = await downloads.refusalOf(server.url(path));
    expect(refusal.code).toBe('source_not_a_video');
    expect(refusal.message).toContain(name);
  });

  test.each(['/header-bomb', '/not-http', '/two-lengths', '/smuggled'])('%s is no valid HTTP', async (path) => {
    const refusal = await downloads.refusalOf(server.url(path));
    expect(['download_failed', 'source_empty']).toContain(refusal.code);
  });

  test.each(['/shorter-than-announced', '/chunks-cut', '/reset'])(
    '%s: a transfer that ends early is an error, never a shorter file',
    async (path) => {
      const refusal = await downloads.refusalOf(server.url(path));
      expect(refusal).toMatchObject({ code: 'download_failed', retryable: true });
    },
  );
});

describe('TLS', () => {
  test('an untrusted certificate and a step down to http are refused', async ({ skip }) => {
    const tls = makeSelfSignedCertificate();
    if (tls === undefined) return skip('openssl is missing');
    const secure = await startVideoServer({ '/video.mp4': file(VIDEO) }, { tls });
    extraServers.push(secure);
    const { resolve } = fakeResolver({ 'secure.test': [['127.0.0.1']] });
    const refusal = await downloads.refusalOf(secure.url('/video.mp4', 'secure.test'), { resolve });
    expect(refusal).toMatchObject({ code: 'download_failed', retryable: false });
    expect(refusal.message).toContain('self-signed');
    expect(secure.requests).toHaveLength(0);
  });

  test('plain HTTP on an https URL gets a hint', async () => {
    const refusal = await downloads.refusalOf(server.url('/video.mp4').replace('http:', 'https:'));
    expect(refusal).toMatchObject({ code: 'download_failed', retryable: false });
    expect(refusal.message).toContain('TLS');
  });
});
