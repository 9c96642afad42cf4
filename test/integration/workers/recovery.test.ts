import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { getAnalysis, retryAnalysis } from '../../../src/db/analyses.js';
import { listSegments } from '../../../src/db/segments.js';
import { hasRedisServer, queueBackends, REDIS_MISSING, startTestRedis, type TestRedis } from '../../support/redis.js';
import { openTestStack, wrapFfmpeg, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { killWorkers, startLocalWorker } from '../../support/worker.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

const fourSegments = { SEGMENT_TARGET_FRAMES: '5' };
/** The third segment begins at 8 s. */
const THIRD = 2;
const isThird = `case "$*" in *"-ss 8.0"*rawvideo*) true;; *) false;; esac`;

describe.each(queueBackends())('recovery on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  const workers: WorkerProcess[] = [];
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
    await stack.close();
  });
  const submit = async (): Promise<string> =>
    (await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') })).id;
  const doneSegments = async (id: string): Promise<number[]> =>
    (await listSegments(stack.database.sql, id))
      .filter((segment) => segment.status === 'done')
      .map((segment) => segment.segmentIndex);

  it('retry continues from the segments that are done', async () => {
    stack = await openTestStack({ redisUrl, env: { ...fourSegments, MAX_SEGMENT_ATTEMPTS: '1' } });
    const log = path.join(stack.dataDir, 'decoded.log');
    const note = `case "$*" in *rawvideo*960*) ;; *rawvideo*) echo "$*" >> ${log};; esac`;
    const breaks = await wrapFfmpeg(stack.dataDir, `${note}\nif ${isThird}; then exit 1; fi`);
    const broken = await startLocalWorker({ ...stack.env, FFMPEG_PATH: breaks });
    const id = await submit();
    const failed = await stack.ended(id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'segment_failed' } });
    expect(failed.error?.message).toMatch(/Segment 2 failed 1 time\(s\)\. The last error was ffmpeg_failed/);
    await broken.stop(0);
    const before = await doneSegments(id);

    await wrapFfmpeg(stack.dataDir, note);
    workers.push(await startLocalWorker({ ...stack.env, FFMPEG_PATH: breaks }));
    await stack.submitter.producer.enqueueIngest(await retryAnalysis(stack.database.sql, id));
    expect(await stack.ended(id)).toMatchObject({ status: 'completed', run: 2, error: null });
    const decoded = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .filter((line) => line.includes('scale=320'));
    // Every segment once, and the third one once more.
    expect(decoded).toHaveLength(5);
    expect(before).not.toContain(THIRD);
    expect((await listSegments(stack.database.sql, id)).map((segment) => segment.run)).toEqual([2, 2, 2, 2]);
  });

  it('rebuilds an emptied queue from the database', async () => {
    stack = await openTestStack({ redisUrl, env: fourSegments });
    // Planned, but nobody to do it; one more that is not even begun.
    const planner = await startLocalWorker({ ...stack.env, WORKER_ROLES: 'ingest' });
    const planned = await submit();
    await waitFor(async () => (await getAnalysis(stack.database.sql, planned)).status === 'analyzing', {
      timeoutMs: 20_000,
    });
    await planner.stop(0);
    const queued = await submit();
    for (const queue of stack.submitter.producer.queues.values()) await queue.obliterate({ force: true });
    workers.push(await startLocalWorker(stack.env));
    expect(await stack.ended(planned)).toMatchObject({ status: 'completed' });
    expect(await stack.ended(queued)).toMatchObject({ status: 'completed' });
  });
});

// What these show does not depend on where the queue lives.
describe.each(queueBackends().slice(-1))('dying and leaving workers on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  const workers: WorkerProcess[] = [];
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
    await stack.close();
  });
  const submit = async (): Promise<string> =>
    (await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') })).id;

  it('a segment that kills its process every time fails its analysis and no other', async () => {
    stack = await openTestStack({
      redisUrl,
      env: { ...fourSegments, MAX_SEGMENT_ATTEMPTS: '2', JOB_LOCK_DURATION_MS: '1000' },
    });
    const mark = path.join(stack.dataDir, 'poisoned');
    // Only the first analysis is poisonous: its file is in a folder of its own.
    const kills = await wrapFfmpeg(
      stack.dataDir,
      `if ${isThird} && grep -q "$(echo "$*" | grep -o 'an_[0-9a-f]*' | head -n 1)" ${mark}; then kill -9 $PPID; fi`,
    );
    const poisoned = await submit();
    await writeFile(mark, poisoned);
    const env = { FFMPEG_PATH: kills };
    const spawned = [await stack.spawn(env)];
    // What a supervisor or a container engine does.
    const keepAlive = (async (): Promise<void> => {
      while ((await getAnalysis(stack.database.sql, poisoned)).finishedAt === null) {
        await Promise.race([spawned.at(-1)?.exited, new Promise((resolve) => setTimeout(resolve, 200))]);
        if (spawned.at(-1)?.child.exitCode !== null || spawned.at(-1)?.child.signalCode !== null)
          spawned.push(await stack.spawn(env));
      }
    })();
    const row = await stack.ended(poisoned, 100_000);
    await keepAlive;
    expect(row).toMatchObject({ status: 'failed', error: { code: 'segment_failed' } });
    expect(row.error?.message).toMatch(/Segment 2 failed 2 time\(s\)\. Each time the worker process died/);
    const healthy = await submit();
    expect(await stack.ended(healthy)).toMatchObject({ status: 'completed' });
    await killWorkers(spawned.filter((worker) => worker.child.exitCode === null));
  }, 150_000);

  it('finishes or hands back its segment on SIGTERM', async () => {
    stack = await openTestStack({ redisUrl, env: fourSegments });
    const slow = await wrapFfmpeg(stack.dataDir, 'case "$*" in *rawvideo*) exec ffmpeg -readrate 0.5 "$@";; esac');
    const leaver = await stack.spawn({ FFMPEG_PATH: slow, SHUTDOWN_GRACE_MS: '200' });
    const id = await submit();
    await waitFor(async () => (await listSegments(stack.database.sql, id)).some((row) => row.status === 'running'), {
      timeoutMs: 30_000,
    });
    leaver.kill('SIGTERM');
    expect(await leaver.exited).toEqual([0, null]);
    const segments = await listSegments(stack.database.sql, id);
    expect(segments.map(({ status, attempts }) => ({ status, attempts }))).toEqual(
      Array.from({ length: 4 }, () => ({ status: 'pending', attempts: 0 })),
    );
    workers.push(await startLocalWorker(stack.env));
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect((await listSegments(stack.database.sql, id)).map((segment) => segment.attempts)).toEqual([1, 1, 1, 1]);
  });
});

describe.skipIf(!hasRedisServer())('Redis restarted in mid-run', () => {
  let redis: TestRedis;
  let stack: TestStack;
  let worker: WorkerProcess;
  afterEach(async () => {
    await worker.stop(0);
    await stack.close();
    await redis.stop();
  });

  it.each([true, false])('with its append-only file kept: %s', async (appendOnly) => {
    if (inject('redisUrl') === null) throw new Error(REDIS_MISSING);
    const folder = path.join(os.tmpdir(), `hivis-redis-${process.pid}-${String(appendOnly)}`);
    redis = await startTestRedis({ folder, appendOnly });
    stack = await openTestStack({ redisUrl: redis.url, env: fourSegments });
    const slow = await wrapFfmpeg(stack.dataDir, 'case "$*" in *rawvideo*) exec ffmpeg -readrate 4 "$@";; esac');
    worker = await startLocalWorker({ ...stack.env, FFMPEG_PATH: slow });
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4') });
    await waitFor(async () => (await listSegments(stack.database.sql, id)).some((row) => row.status === 'done'), {
      timeoutMs: 20_000,
    });
    await redis.stop();
    redis = await startTestRedis({ folder, appendOnly, port: Number(new URL(redis.url).port) });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    const [counts] = await stack.database.sql`select count(*) as frames from sampled_frames where analysis_id = ${id}`;
    expect(counts).toEqual({ frames: 36 });
  });
});
