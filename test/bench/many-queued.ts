import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { post, quantile, upload } from './client.js';
import { makeTinyClip, type BenchStack } from './stack.js';

const DRAIN_TIMEOUT_MS = 2 * 3_600_000;

/** Many tiny analyses at once: what a POST costs behind them, how big the stores get, how fast 2 workers eat them. */
export async function benchQueue(stack: BenchStack, count: number): Promise<void> {
  const uploadId = await upload(stack, makeTinyClip(stack.folder));
  const empty = await sizes(stack);
  const fillMs: number[] = [];
  let posted = 0;
  const fill = async (): Promise<void> => {
    while (posted < count) fillMs.push(await timedPost(stack, uploadId, `tiny ${(posted += 1)}`));
  };
  await Promise.all(Array.from({ length: 4 }, fill));
  const queued = await sizes(stack);
  // Behind the full queue, one after the other, as a client would.
  const behindMs: number[] = [];
  for (let late = 1; late <= 300; late += 1) behindMs.push(await timedPost(stack, uploadId, `late ${late}`));

  const stop = await stack.startWorkers(2);
  const startMs = performance.now();
  let peakRedisMb = queued.redisMb;
  let ended = await countEnded(stack);
  while (ended.active > 0 && performance.now() - startMs < DRAIN_TIMEOUT_MS) {
    await delay(2_000);
    peakRedisMb = Math.max(peakRedisMb, (await sizes(stack)).redisMb);
    ended = await countEnded(stack);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const drained = await sizes(stack);
  await stop();
  const rate = ((ended.completed + ended.failed) / seconds).toFixed(1);
  const ms = (values: readonly number[]): string => [0.5, 0.99].map((q) => quantile(values, q).toFixed(1)).join(' / ');
  console.log(`\n### ${count + 300} queued analyses of a tiny clip (1 s, 5 frames)\n`);
  console.log('| figure | value |\n|---|---|');
  console.log(`| POST while filling, 4 clients: p50 / p99 | ${ms(fillMs)} ms |`);
  console.log(`| POST with ${count} waiting, 1 client: p50 / p99 | ${ms(behindMs)} ms |`);
  console.log(
    `| Redis RSS: empty / ${count} queued / peak while draining / drained | ${empty.redisMb} / ${queued.redisMb} / ${peakRedisMb} / ${drained.redisMb} MB |`,
  );
  console.log(
    `| Postgres database: empty / ${count} queued / drained | ${empty.postgresMb} / ${queued.postgresMb} / ${drained.postgresMb} MB |`,
  );
  console.log(
    `| through 2 workers | ${ended.completed} completed, ${ended.failed} failed, ${ended.active} left in ${seconds.toFixed(0)} s (${rate} per s) |`,
  );
}

async function timedPost(stack: BenchStack, uploadId: string, name: string): Promise<number> {
  const startMs = performance.now();
  await post(stack, '/v1/analyses', { uploadId, name });
  return performance.now() - startMs;
}

type Ended = { readonly completed: number; readonly failed: number; readonly active: number };

async function countEnded(stack: BenchStack): Promise<Ended> {
  const [row] = await stack.sql<[Ended]>`
    select count(*) filter (where analyses.status = 'completed' and analyses.name ~ '^(tiny|late) ')::integer as completed,
      count(*) filter (where analyses.status = 'failed')::integer as failed,
      count(*) filter (where analyses.finished_at is null)::integer as active
    from analyses`;
  return row;
}

async function sizes(stack: BenchStack): Promise<{ readonly redisMb: number; readonly postgresMb: number }> {
  const [row] = await stack.sql<[{ bytes: number }]>`select pg_database_size(current_database())::float8 as bytes`;
  const rssKb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stack.redisPid}/status`, 'utf8'))?.[1] ?? 0);
  return { redisMb: Math.round(rssKb / 1024), postgresMb: Math.round(row.bytes / 1024 ** 2) };
}
