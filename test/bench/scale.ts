/**
 * `npm run bench:scale`: one video on 1 and on 2 worker processes (ratio, equal result), and many queued analyses
 * through 2 workers (size of Redis and Postgres, POST latency behind them). Prints tables for BENCHMARKS.md.
 *
 *   npm run bench:scale -- [--queued 10000] [--drain-seconds 60]
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loopSample, makeTinyClip, openBenchStack, until, type BenchStack } from './stack.js';

const { values: options } = parseArgs({
  options: { queued: { type: 'string', default: '10000' }, 'drain-seconds': { type: 'string', default: '60' } },
});

type Created = { readonly id: string };

async function post(stack: BenchStack, route: string, body: Uint8Array | object): Promise<Created> {
  const isFile = body instanceof Uint8Array;
  const response = await fetch(`${stack.apiUrl}${route}`, {
    method: 'POST',
    headers: { 'Content-Type': isFile ? 'application/octet-stream' : 'application/json' },
    body: isFile ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Created;
}

async function upload(stack: BenchStack, file: string): Promise<string> {
  const { id } = await post(stack, `/v1/uploads?fileName=${path.basename(file)}`, await readFile(file));
  return id;
}

/** Of the report without ids and clock times. */
async function resultHash(stack: BenchStack, id: string): Promise<string> {
  const report = (await (await fetch(`${stack.apiUrl}/v1/analyses/${id}/report.json`)).json()) as { analysis: object };
  const timeless = {
    ...report,
    generatedAt: null,
    analysis: { ...report.analysis, id: null, assessmentId: null, createdAt: null, name: null },
  };
  return createHash('sha256').update(JSON.stringify(timeless)).digest('hex').slice(0, 16);
}

type Run = { readonly processes: number; readonly segmentSeconds: number; readonly hash: string };

/** From the first segment's claim to the last one's end: what more workers can make faster. */
async function runOnce(stack: BenchStack, uploadId: string, processes: number): Promise<Run> {
  const stop = await stack.startWorkers(processes);
  const { id } = await post(stack, '/v1/analyses', { uploadId, name: `bench ${processes}` });
  await until(
    async () => {
      const view = (await (await fetch(`${stack.apiUrl}/v1/analyses/${id}`)).json()) as { status: string };
      if (view.status === 'failed') throw new Error('the analysis failed');
      return view.status === 'completed';
    },
    `analysis on ${processes}`,
    600_000,
  );
  const [row] = await stack.sql<[{ seconds: number }]>`
    select extract(epoch from max(segments.finished_at) - min(segments.claimed_at))::float8 as seconds
    from segments where segments.analysis_id = ${id}`;
  const run = { processes, segmentSeconds: row.seconds, hash: await resultHash(stack, id) };
  await stop();
  return run;
}

async function benchWorkers(stack: BenchStack): Promise<void> {
  const loops = 16;
  const uploadId = await upload(stack, loopSample(stack.folder, loops));
  const runs: Run[] = [];
  // In turns, so that whatever else this machine does falls on both.
  for (const processes of [1, 2, 1, 2, 1, 2]) runs.push(await runOnce(stack, uploadId, processes));
  const seconds = (processes: number): number => {
    const times = runs.filter((run) => run.processes === processes).map((run) => run.segmentSeconds);
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  };
  const equal = new Set(runs.map((run) => run.hash)).size === 1;
  console.log(
    `\n### One video on 1 and 2 worker processes (sample × ${loops}, ${15 * loops} s, every 5th frame, 480 px)\n`,
  );
  console.log('| processes | segments, s (median of 3) | video-s per s | ratio | result |\n|---|---|---|---|---|');
  for (const processes of [1, 2]) {
    const took = seconds(processes);
    const ratio = (seconds(1) / took).toFixed(2);
    const speed = ((15 * loops) / took).toFixed(1);
    console.log(
      `| ${processes} | ${took.toFixed(1)} | ${speed} | ${ratio} | ${equal ? `equal (${runs[0]?.hash ?? ''})` : 'DIFFERENT'} |`,
    );
  }
}

async function benchQueue(stack: BenchStack, count: number, drainSeconds: number): Promise<void> {
  const uploadId = await upload(stack, makeTinyClip(stack.folder));
  const before = await sizes(stack);
  const latenciesMs: number[] = [];
  let posted = 0;
  const poster = async (): Promise<void> => {
    while (posted < count) {
      posted += 1;
      const startMs = performance.now();
      await post(stack, '/v1/analyses', { uploadId, name: `tiny ${posted}` });
      latenciesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: 4 }, poster));
  const queued = await sizes(stack);
  // Behind the full queue, one after the other, as a client would.
  const behindMs: number[] = [];
  for (let i = 0; i < 300; i += 1) {
    const startMs = performance.now();
    await post(stack, '/v1/analyses', { uploadId, name: `late ${i}` });
    behindMs.push(performance.now() - startMs);
  }
  const stop = await stack.startWorkers(2);
  const doneBefore = await countDone(stack);
  await delay(drainSeconds * 1000);
  const drained = (await countDone(stack)) - doneBefore;
  const [failed] = await stack.sql<
    [{ count: number }]
  >`select count(*)::integer as count from analyses where analyses.status = 'failed'`;
  const after = await sizes(stack);
  await stop();
  console.log(`\n### ${count} queued analyses of a tiny clip (1 s, 5 frames)\n`);
  console.log('| figure | value |\n|---|---|');
  console.log(
    `| POST while filling, 4 clients: p50 / p99 | ${quantile(latenciesMs, 0.5)} / ${quantile(latenciesMs, 0.99)} ms |`,
  );
  console.log(
    `| POST with ${count} waiting, 1 client: p50 / p99 | ${quantile(behindMs, 0.5)} / ${quantile(behindMs, 0.99)} ms |`,
  );
  console.log(
    `| Redis RSS empty / ${count} queued / while draining | ${before.redisMb} / ${queued.redisMb} / ${after.redisMb} MB |`,
  );
  console.log(
    `| Postgres database empty / ${count} queued / while draining | ${before.postgresMb} / ${queued.postgresMb} / ${after.postgresMb} MB |`,
  );
  console.log(
    `| analyses finished by 2 workers in ${drainSeconds} s | ${drained} (${(drained / drainSeconds).toFixed(1)} per s), ${failed.count} failed |`,
  );
}

async function countDone(stack: BenchStack): Promise<number> {
  const [row] = await stack.sql<
    [{ count: number }]
  >`select count(*)::integer as count from analyses where analyses.status = 'completed'`;
  return row.count;
}

async function sizes(stack: BenchStack): Promise<{ readonly redisMb: string; readonly postgresMb: string }> {
  const [row] = await stack.sql<[{ bytes: number }]>`select pg_database_size(current_database())::float8 as bytes`;
  const rssKb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stack.redisPid}/status`, 'utf8'))?.[1] ?? 0);
  return { redisMb: (rssKb / 1024).toFixed(0), postgresMb: (row.bytes / 1024 ** 2).toFixed(0) };
}

function quantile(values: readonly number[], q: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(1);
}

const stack = await openBenchStack();
try {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} cores, load ${os
      .loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  await benchWorkers(stack);
  await benchQueue(stack, Number(options.queued), Number(options['drain-seconds']));
} finally {
  await stack.close();
}
