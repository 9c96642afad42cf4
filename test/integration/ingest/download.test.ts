import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DownloadedSource } from '../../../src/ingest/download.js';
import { HivisError } from '../../../src/shared/errors.js';
import { createDownloads, fakeResolver, TEST_LIMITS, type Downloads } from '../../support/download.js';
import {
  answer,
  drip,
  fakeVideo,
  file,
  rawAnswer,
  redirectTo,
  sha256,
  startVideoServer,
  type Behaviour,
  type VideoServer,
} from '../../support/video-server.js';
import { waitFor } from '../../support/wait-for.js';

const VIDEO = fakeVideo(3_000_000);

let downloads: Downloads;
let server: VideoServer | undefined;

const serve = async (behaviours: Readonly<Record<string, Behaviour>>): Promise<VideoServer> =>
  (server = await startVideoServer(behaviours));

beforeEach(async () => {
  downloads = await createDownloads();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await downloads.remove();
});

async function expectSaved(saved: DownloadedSource, bytes: Buffer = VIDEO): Promise<void> {
  expect(saved).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length, container: 'mp4' });
  expect((await readFile(downloads.destinationPath)).equals(bytes)).toBe(true);
  expect(await readdir(downloads.folder)).toEqual(['source']);
}

describe('a good answer', () => {
  test('is saved whole, with hash, size, name and type; the connection is closed', async () => {
    const { url, requests, openConnections } = await serve({
      '/yard%20cam.mp4': file(VIDEO, { headers: { 'content-disposition': 'attachment; filename="Hof Süd.mp4"' } }),
    });
    const saved = await downloads.download(url('/yard%20cam.mp4?token=1#x'));
    await expectSaved(saved);
    expect(saved).toMatchObject({ fileName: 'Hof Süd.mp4', contentType: 'video/mp4' });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/yard%20cam.mp4?token=1' });
    expect(requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(requests[0]?.headers['user-agent']).toMatch(/^hivis\//);
    // Sooner than a kept-alive connection would go by itself.
    await waitFor(() => openConnections() === 0, { timeoutMs: 2_000 });
  });

  test('may be chunked, or end with the connection, or lie about its type', async () => {
    const { url } = await serve({
      '/chunked': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        for (let offset = 0; offset < VIDEO.length; offset += 100_000)
          response.write(VIDEO.subarray(offset, offset + 100_000));
        response.end();
      },
      '/until-close': rawAnswer(['HTTP/1.0 200 OK\r\n\r\n', VIDEO]),
    });
    await expectSaved(await downloads.download(url('/chunked')));
    const saved = await downloads.download(url('/until-close'));
    await expectSaved(saved);
    expect(saved).toMatchObject({ fileName: 'until-close', contentType: null });
  });

  test('ends where its announced length ends, whatever else the server sends', async () => {
    const { url } = await serve({ '/': rawAnswer(['HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n', VIDEO]) });
    await expectSaved(await downloads.download(url('/')), VIDEO.subarray(0, 5_000));
  });

  test('takes the last name of a chain of redirects when the first says nothing', async () => {
    const { url } = await serve({ '/d/1': redirectTo('/files/site.mov'), '/files/site.mov': file(VIDEO) });
    expect((await downloads.download(url('/d/1'))).fileName).toBe('site.mov');
  });

  test('replaces an older file, and two downloads to one place do not disturb each other', async () => {
    await writeFile(downloads.destinationPath, 'old');
    const { url } = await serve({ '/': file(VIDEO) });
    const [first, second] = await Promise.all([downloads.download(url('/')), downloads.download(url('/'))]);
    await expectSaved(first);
    await expectSaved(second);
  });

  test('reports progress: at the start, not too often, and at the end', async () => {
    const steps: [number, number | null][] = [];
    const { url } = await serve({
      '/': file(VIDEO),
      '/chunked': answer(200, VIDEO, { 'transfer-encoding': 'chunked' }),
    });
    await downloads.download(url('/'), { onProgress: (done, total) => void steps.push([done, total]) });
    expect(steps.length).toBeGreaterThanOrEqual(2);
    expect(steps.length).toBeLessThan(10);
    expect(steps.at(-1)).toEqual([VIDEO.length, VIDEO.length]);
    expect(steps.map(([done]) => done)).toEqual(steps.map(([done]) => done).toSorted((a, b) => a - b));
    await downloads.download(url('/chunked'), { onProgress: (done, total) => void steps.push([done, total]) });
    expect(steps.at(-1)).toEqual([VIDEO.length, null]);
  });
});

describe('a bad answer', () => {
  test.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [410, false],
    [416, false],
    [418, false],
    [204, false],
    [304, false],
    [429, true],
    [408, true],
    [500, true],
    [502, true],
    [503, true],
    [501, false],
  ])('status %d is a download_failed, retryable: %s', async (status, retryable) => {
    const { url } = await serve({ '/v.mp4': answer(status, '') });
    const refusal = await downloads.refusalOf(url('/v.mp4?sig=secret'));
    expect(refusal).toMatchObject({ code: 'download_failed', retryable, details: { status } });
    expect(refusal.message).toContain(String(status));
    expect(refusal.message).not.toContain('secret');
  });

  test('a page instead of a video is quoted', async () => {
    const page = `<!DOCTYPE html><title>Log in</title>${' '.repeat(10_000)}`;
    const { url } = await serve({ '/': answer(200, page, { 'content-type': 'text/html; charset=utf-8' }) });
    const refusal = await downloads.refusalOf(url('/'));
    expect(refusal.code).toBe('source_not_a_video');
    expect(refusal.message).toContain('an HTML page (content type "text/html; charset=utf-8")');
    expect(refusal.message).toContain('<!DOCTYPE html><title>Log in');
  });

  test('an empty file has its own code, announced or not', async () => {
    const { url } = await serve({
      '/a': answer(200, '', { 'content-length': 0 }),
      '/b': rawAnswer(['HTTP/1.0 200 OK\r\n\r\n']),
    });
    expect((await downloads.refusalOf(url('/a'))).code).toBe('source_empty');
    expect((await downloads.refusalOf(url('/b'))).code).toBe('source_empty');
  });

  test('a part that nobody asked for is no file', async () => {
    const { url } = await serve({ '/': answer(206, VIDEO) });
    expect((await downloads.refusalOf(url('/'))).code).toBe('download_failed');
  });

  test('exactly the limit passes, one byte more does not', async () => {
    const { url } = await serve({ '/': file(VIDEO) });
    expect((await downloads.refusalOf(url('/'), { limits: { maxBytes: VIDEO.length - 1 } })).code).toBe(
      'source_too_large',
    );
    await expectSaved(await downloads.download(url('/'), { limits: { maxBytes: VIDEO.length } }));
  });
});

describe('no answer', () => {
  test('a closed port, an unknown name and a name without address', async () => {
    const { url, close } = await serve({});
    await close();
    const { resolve } = fakeResolver({ 'empty.test': [[]] });
    expect(await downloads.refusalOf(url('/'))).toMatchObject({ code: 'host_unreachable', retryable: true });
    expect(await downloads.refusalOf(url('/', 'empty.test'), { resolve })).toMatchObject({
      code: 'host_unreachable',
      retryable: false,
    });
    const failing = (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }));
    expect(await downloads.refusalOf(url('/', 'a.test'), { resolve: failing })).toMatchObject({
      code: 'host_unreachable',
      retryable: true,
    });
  });

  test('the system resolver answers like the scripted one', async () => {
    const { url } = await serve({ '/': file(VIDEO) });
    const policy = { allowPrivate: true, allowedHosts: [] };
    const refusal = await downloads.refusalOf('http://does-not-exist.invalid/', { policy });
    expect(refusal.code).toBe('host_unreachable');
    await expectSaved(await downloads.download(url('/', 'localhost'), { policy }));
  });
});

describe('a broken connection', () => {
  const ETAG = { etag: '"v1"' };
  const cut = (bytes: number, times: number) => (attempt: number) => (attempt <= times ? bytes : undefined);

  test('is continued where it broke, when the server can', async () => {
    const { url, requests } = await serve({
      '/': file(VIDEO, { ranges: true, headers: ETAG, cutAfterBytes: cut(900_000, 3) }),
    });
    await expectSaved(await downloads.download(url('/')));
    expect(requests).toHaveLength(4);
    expect(requests[1]?.headers).toMatchObject({ 'if-range': '"v1"' });
    expect(requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  test('is a retryable error when the server cannot, or the file has changed', async () => {
    let version = 0;
    const { url } = await serve({
      '/no-ranges': file(VIDEO, { headers: ETAG, cutAfterBytes: cut(900_000, 1) }),
      '/no-validator': file(VIDEO, { ranges: true, cutAfterBytes: cut(900_000, 1) }),
      '/changed': (request, response, attempt) =>
        file(VIDEO, { ranges: true, headers: { etag: `"v${(version += 1)}"` }, cutAfterBytes: cut(900_000, 1) })(
          request,
          response,
          attempt,
        ),
    });
    for (const name of ['/no-ranges', '/no-validator', '/changed']) {
      const refusal = await downloads.refusalOf(url(name));
      expect(refusal).toMatchObject({ code: 'download_failed', retryable: true });
      expect(refusal.details).toMatchObject({ bytesTotal: VIDEO.length });
      expect(refusal.details['bytesDone']).toBeGreaterThan(0);
      expect(refusal.details['bytesDone']).toBeLessThan(VIDEO.length);
    }
  });

  test('is given up when it breaks again and again', async () => {
    const { url, requests } = await serve({
      '/': file(VIDEO, { ranges: true, headers: ETAG, cutAfterBytes: () => 100_000 }),
    });
    expect(await downloads.refusalOf(url('/'))).toMatchObject({ code: 'download_failed', retryable: true });
    expect(requests).toHaveLength(6);
  });
});

describe('ending it', () => {
  test('an abort ends it at once, with the reason when that is one of ours', async () => {
    const { url, openConnections } = await serve({
      '/': drip({ head: VIDEO.subarray(0, 100_000), bytesPerWrite: 10, intervalMs: 20 }),
    });
    const own = new HivisError('timed_out', 'over');
    for (const [reason, code] of [
      [undefined, 'cancelled'],
      [own, 'timed_out'],
    ] as const) {
      const controller = new AbortController();
      const running = downloads.refusalOf(url('/'), {
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      });
      expect((await running).code).toBe(code);
      await waitFor(() => openConnections() === 0, { timeoutMs: 5_000 });
    }
  });

  test('an aborted signal starts nothing', async () => {
    const { url, requests } = await serve({ '/': file(VIDEO) });
    expect((await downloads.refusalOf(url('/'), { signal: AbortSignal.abort() })).code).toBe('cancelled');
    expect(requests).toHaveLength(0);
  });

  test('what the progress callback throws ends it', async () => {
    const { url } = await serve({ '/': file(VIDEO) });
    const onProgress = (): Promise<void> => Promise.reject(new HivisError('cancelled', 'row says so'));
    expect((await downloads.refusalOf(url('/'), { onProgress })).message).toBe('row says so');
  });

  test('parts of crashed downloads are cleared away, living ones are not', async () => {
    const { url } = await serve({ '/': file(VIDEO) });
    const [dead, living, foreign] = ['source.0badcafe.part', 'source.0000cafe.part', 'other.0badcafe.part'].map(
      (name) => path.join(downloads.folder, name),
    ) as [string, string, string];
    for (const part of [dead, living, foreign]) await writeFile(part, 'x');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(dead, longAgo, longAgo);
    await utimes(foreign, longAgo, longAgo);
    await downloads.download(url('/'));
    expect((await readdir(downloads.folder)).toSorted()).toEqual(
      ['source', path.basename(living), path.basename(foreign)].toSorted(),
    );
  });
});

describe('a full disk', () => {
  test('is seen before the first byte when the size is announced, else when it happens', async ({ skip }) => {
    const disk = path.join(downloads.folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return skip('mounting a small file system needs root');
    }
    try {
      const { url, requests } = await serve({
        '/announced': file(VIDEO),
        '/unannounced': rawAnswer(['HTTP/1.0 200 OK\r\n\r\n', VIDEO]),
      });
      const destinationPath = path.join(disk, 'source');
      for (const name of ['/announced', '/unannounced']) {
        const failure = await downloads.download(url(name), { destinationPath }).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'disk_full', retryable: true });
        expect(await readdir(disk)).toEqual([]);
      }
      expect(requests).toHaveLength(2);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

test('a small machine never holds the file in memory', async () => {
  const chunk = Buffer.alloc(1 << 20);
  VIDEO.copy(chunk, 0, 0, 4_096);
  const { url } = await serve({
    '/': (_request, response) => {
      response.writeHead(200);
      let sent = 0;
      const more = (): void => {
        while (sent < 300 && !response.destroyed) {
          sent += 1;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    },
  });
  const before = process.memoryUsage();
  let peakBytes = 0;
  const watch = (): void => {
    const { external, arrayBuffers, heapUsed } = process.memoryUsage();
    peakBytes = Math.max(peakBytes, external + arrayBuffers + heapUsed);
  };
  const timer = setInterval(watch, 5);
  const saved = await downloads.download(url('/'), { limits: { maxBytes: 400 << 20 }, onProgress: watch });
  clearInterval(timer);
  expect(saved.sizeBytes).toBe(300 << 20);
  expect(peakBytes - (before.external + before.arrayBuffers + before.heapUsed)).toBeLessThan(150 << 20);
  expect(TEST_LIMITS.maxBytes).toBeLessThan(saved.sizeBytes);
});
