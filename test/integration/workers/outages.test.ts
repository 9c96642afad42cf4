import { execFile } from 'node:child_process';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { insertUpload } from '../../../src/db/uploads.js';
import { listSegments } from '../../../src/db/segments.js';
import { sha256File } from '../../../src/shared/hash.js';
import { newId } from '../../../src/shared/ids.js';
import { uploadKey } from '../../../src/storage/keys.js';
import { createStorage } from '../../../src/storage/create-storage.js';
import { loadConfig } from '../../../src/config/config.js';
import { queueBackends } from '../../support/redis.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { openTestStack, SAMPLE, wrapFfmpeg, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { startLocalWorker } from '../../support/worker.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

const run = promisify(execFile);

describe.each(queueBackends())('outages on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  let proxy: TcpProxy;
  afterEach(async () => {
    await proxy.close();
    await stack.close();
  });

  it('goes on when Postgres comes back', async () => {
    stack = await openTestStack({ redisUrl, env: { SEGMENT_TARGET_FRAMES: '5' } });
    proxy = await startTcpProxy(Number(new URL(inject('postgresUrl')).port));
    const url = new URL(stack.env['DATABASE_URL'] ?? '');
    url.port = String(proxy.port);
    const slow = await wrapFfmpeg(stack.dataDir, 'case "$*" in *rawvideo*) exec ffmpeg -readrate 4 "$@";; esac');
    // Under a supervisor: a lost connection can end the process (the database client throws where nobody can catch).
    await stack.spawn({ DATABASE_URL: url.href, FFMPEG_PATH: slow, WORKER_PROCESSES: '2' });
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    await waitFor(async () => (await listSegments(stack.database.sql, id)).some((row) => row.status === 'done'), {
      timeoutMs: 20_000,
    });
    await proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await proxy.restore();
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    const [counts] = await stack.database.sql`
      select count(*) as frames, count(distinct frame_index) as distinct_frames from sampled_frames where analysis_id = ${id}`;
    expect(counts).toEqual({ frames: 36, distinctFrames: 36 });
  }, 120_000);
});

describe('sources and disks', () => {
  let stack: TestStack;
  let worker: WorkerProcess;
  afterEach(async () => {
    await worker.stop(0);
    await stack.close();
  });

  const upload = async (file: string): Promise<string> => {
    const { sha256, sizeBytes } = await sha256File(file);
    const id = newId('up');
    await createStorage(loadConfig(stack.env).storage).put(uploadKey(id), { filePath: file });
    await insertUpload(stack.database.sql, {
      ...{ id, sha256, sizeBytes, storageKey: uploadKey(id) },
      fileName: path.basename(file),
    });
    return id;
  };

  it('a file that was cut off becomes a partial report with the numbers', async () => {
    stack = await openTestStack({ redisUrl: null, env: { SEGMENT_TARGET_FRAMES: '5' } });
    worker = await startLocalWorker(stack.env);
    // The table of contents in front, so that half a file can be read.
    const whole = path.join(stack.dataDir, 'front.mp4');
    await run('ffmpeg', ['-v', 'error', '-i', SAMPLE, '-c', 'copy', '-movflags', '+faststart', whole]);
    const { sizeBytes } = await sha256File(whole);
    await truncate(whole, Math.round(sizeBytes * 0.55));
    const { id } = await stack.submitter.submit({ uploadId: await upload(whole) });
    const row = await stack.ended(id);
    expect(row).toMatchObject({ status: 'completed_partial', framesExpected: 180, sourceFileName: 'front.mp4' });
    const { completeness } = (await stack.report(id)) as { completeness: Record<string, number | boolean | string> };
    expect(completeness['complete']).toBe(false);
    expect(completeness['framesExpected']).toBe(180);
    expect(completeness['framesIndexed']).toBeLessThan(130);
    expect(completeness['framesAnalyzed']).toBeGreaterThan(10);
    expect(completeness['reason']).toMatch(/cut off: it promises 180 frames/);
    expect(completeness['analyzedUntilMs']).toBeLessThan(11_000);
  });

  it('an MKV that was cut off is found by the time that it promises', async () => {
    stack = await openTestStack({ redisUrl: null });
    worker = await startLocalWorker(stack.env);
    const whole = path.join(stack.dataDir, 'cut.mkv');
    await run('ffmpeg', ['-v', 'error', '-i', SAMPLE, '-c', 'copy', whole]);
    const { sizeBytes } = await sha256File(whole);
    await truncate(whole, Math.round(sizeBytes * 0.55));
    const { id } = await stack.submitter.submit({ uploadId: await upload(whole) });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed_partial', framesExpected: 180 });
  });

  it('a longer video than allowed is refused with the limit', async () => {
    stack = await openTestStack({ redisUrl: null, env: { MAX_DURATION_MS: '10000' } });
    worker = await startLocalWorker(stack.env);
    const { id } = await stack.submitter.submit({ uploadId: await upload(SAMPLE) });
    const row = await stack.ended(id);
    expect(row).toMatchObject({ status: 'failed', error: { code: 'source_too_long', retryable: false } });
  });

  it('goes on when the disk has room again', async ({ skip }) => {
    stack = await openTestStack({ redisUrl: null });
    const small = path.join(stack.dataDir, 'small');
    await mkdir(small);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', small]).then(
      () => true,
      () => false,
    );
    if (!mounted) skip('mounting a small file system is not allowed here');
    try {
      const ballast = path.join(small, 'ballast');
      // Downloads leave 64 MB free.
      await writeFile(ballast, Buffer.alloc(100 * 1024 * 1024));
      worker = await startLocalWorker({ ...stack.env, DATA_DIR: small });
      const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
      await waitFor(async () => (await stack.submitter.producer.counts()).ingest.delayed === 1, { timeoutMs: 20_000 });
      await rm(ballast);
      expect(await stack.ended(id)).toMatchObject({ status: 'completed', error: null });
      await worker.stop(0);
    } finally {
      await run('umount', ['-l', small]);
    }
  });
});
