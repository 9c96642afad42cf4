import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getAnalysis, requestCancel, type AnalysisStatus } from '../../../src/db/analyses.js';
import { listSegments } from '../../../src/db/segments.js';
import { analysisPrefix, sourcePrefix } from '../../../src/storage/keys.js';
import { queueBackends } from '../../support/redis.js';
import { countProcesses } from '../../support/processes.js';
import { openTestStack, wrapFfmpeg, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { startLocalWorker, type TestEnvironment } from '../../support/worker.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

/** Frames come at the speed of the film; a still takes five seconds. Both leave time to be cancelled. */
const SLOWLY = `case "$*" in
  *rawvideo*) exec ffmpeg -readrate 1 "$@";;
  *-version*) ;;
  *) sleep 5;;
esac`;

describe.each(queueBackends())('cancel on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  let env: TestEnvironment;
  let worker: WorkerProcess | undefined;

  beforeEach(async () => {
    stack = await openTestStack({
      redisUrl,
      env: { SEGMENT_TARGET_FRAMES: '5' },
      pages: {
        // Announces a megabyte and sends a little of it.
        '/drip.mp4': (_request, response) => {
          response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1_000_000 });
          response.write(Buffer.from('00000020667479706d703432', 'hex'));
        },
      },
    });
    env = { ...stack.env, FFMPEG_PATH: await wrapFfmpeg(stack.dataDir, SLOWLY) };
  });
  afterEach(async () => {
    await worker?.stop(0);
    worker = undefined;
    await stack.close();
  });

  const inStatus = (id: string, status: AnalysisStatus): Promise<unknown> =>
    waitFor(async () => (await getAnalysis(stack.database.sql, id)).status === status, {
      timeoutMs: 30_000,
      intervalMs: 10,
      what: status,
    });
  const cancel = async (id: string): Promise<number> => {
    const startMs = performance.now();
    await requestCancel(stack.database.sql, id);
    const row = await stack.ended(id);
    expect(row).toMatchObject({ status: 'cancelled', error: null });
    return performance.now() - startMs;
  };
  const expectNothingLeft = async (id: string): Promise<void> => {
    const left = async (): Promise<number> =>
      (await stack.storage.usageBytes(sourcePrefix(id))) +
      (await stack.storage.usageBytes(analysisPrefix(id))) +
      (await readdir(path.join(stack.dataDir, 'work')).catch(() => [])).length +
      (await countProcesses(stack.dataDir));
    await waitFor(async () => (await left()) === 0, { timeoutMs: 2_000, what: 'no files and no ffmpeg left' });
    await waitFor(
      async () => {
        const { segments, reports, ingest } = await stack.submitter.producer.counts();
        return [segments, reports, ingest].every(
          (counts) => counts.waiting + counts.waitingChildren + counts.active === 0,
        );
      },
      { timeoutMs: 3_000, what: 'no jobs left' },
    );
  };

  it('while it is queued', async () => {
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    expect(await cancel(id)).toBeLessThan(2_000);
    worker = await startLocalWorker(env);
    await expectNothingLeft(id);
    expect((await getAnalysis(stack.database.sql, id)).status).toBe('cancelled');
  });

  it('while it is downloaded', async () => {
    worker = await startLocalWorker(env);
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/drip.mp4') });
    await inStatus(id, 'downloading');
    await waitFor(() => stack.server.openConnections() === 1, { timeoutMs: 10_000 });
    expect(await cancel(id)).toBeLessThan(2_000);
    await expectNothingLeft(id);
    expect(stack.server.openConnections()).toBe(0);
  });

  it('while it is analysed, between two frames', async () => {
    worker = await startLocalWorker(env);
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    await waitFor(
      async () => (await listSegments(stack.database.sql, id)).some((segment) => segment.status === 'running'),
      { timeoutMs: 30_000, intervalMs: 10 },
    );
    await waitFor(() => countProcesses(stack.dataDir).then((count) => count > 0), { timeoutMs: 5_000 });
    expect(await cancel(id)).toBeLessThan(2_000);
    await expectNothingLeft(id);
  });

  it('while nobody works on it: other workers are busy', async () => {
    // No worker that takes segments: planned, then waiting.
    worker = await startLocalWorker({ ...env, WORKER_ROLES: 'ingest' });
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    await inStatus(id, 'analyzing');
    expect(await cancel(id)).toBeLessThan(2_000);
    await expectNothingLeft(id);
  });

  it('while its report is made', async () => {
    const plain = await startLocalWorker({ ...stack.env, WORKER_ROLES: 'ingest,segment' });
    worker = await startLocalWorker({ ...env, WORKER_ROLES: 'report' });
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    await inStatus(id, 'reporting');
    expect(await cancel(id)).toBeLessThan(2_000);
    await expectNothingLeft(id);
    await plain.stop(0);
  });
});
