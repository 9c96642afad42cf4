import { setTimeout as delay } from 'node:timers/promises';
import { post, quantile, untilCompleted, upload } from './client.js';
import { cutSample, loopSample, until, type BenchStack } from './stack.js';

/** A 10 s clip that comes behind a 2 h video: does it start within the time of one segment? */
export async function benchFairness(stack: BenchStack): Promise<void> {
  const longUpload = await upload(stack, loopSample(stack.folder, 480));
  const shortUpload = await upload(stack, cutSample(stack.folder, 10));
  const stop = await stack.startWorkers(2);
  const long = await post(stack, '/v1/analyses', { uploadId: longUpload, name: '2 h' });
  const runs: ShortRun[] = [];
  for (let run = 1; run <= 5; run += 1) {
    await until(
      async () => (await doneSegments(stack, long.id)).length >= 8 * run,
      'segments of the long video',
      300_000,
    );
    const short = await post(stack, '/v1/analyses', { uploadId: shortUpload, name: `10 s, ${run}` });
    await untilCompleted(stack, short.id, 300_000);
    runs.push(await shortRun(stack, short.id));
  }
  const segments = await doneSegments(stack, long.id);
  await post(stack, `/v1/analyses/${long.id}/cancel`, {});
  await delay(2_000);
  await stop();
  const worst = (pick: (run: ShortRun) => number): string => Math.max(...runs.map(pick)).toFixed(1);
  const middle = (pick: (run: ShortRun) => number): string => quantile(runs.map(pick), 0.5).toFixed(1);
  const row = (name: string, pick: (run: ShortRun) => number): void =>
    console.log(`| ${name} | ${middle(pick)} | ${worst(pick)} |`);
  console.log('\n### A 10 s clip behind a 2 h video, 2 worker processes (5 times)\n');
  console.log('| s | median | longest |\n|---|---|---|');
  console.log(
    `| one segment of the long video | ${quantile(segments, 0.5).toFixed(1)} | ${Math.max(...segments).toFixed(1)} |`,
  );
  row('short clip: POST to begin of its ingest', (run) => run.ingestSeconds);
  row('short clip: POST to begin of its first segment', (run) => run.segmentSeconds);
  row('short clip: POST to report', (run) => run.reportSeconds);
}

/** Seconds that each finished segment took. */
async function doneSegments(stack: BenchStack, id: string): Promise<number[]> {
  const rows = await stack.sql<{ seconds: number }[]>`
    select extract(epoch from segments.finished_at - segments.claimed_at)::float8 as seconds
    from segments where segments.analysis_id = ${id} and segments.status = 'done'`;
  return rows.map((row) => row.seconds);
}

type ShortRun = { readonly ingestSeconds: number; readonly segmentSeconds: number; readonly reportSeconds: number };

async function shortRun(stack: BenchStack, id: string): Promise<ShortRun> {
  const [row] = await stack.sql<[ShortRun]>`
    select extract(epoch from analyses.started_at - analyses.created_at)::float8 as ingest_seconds,
      extract(epoch from min(segments.claimed_at) - analyses.created_at)::float8 as segment_seconds,
      extract(epoch from analyses.finished_at - analyses.created_at)::float8 as report_seconds
    from analyses join segments on segments.analysis_id = analyses.id
    where analyses.id = ${id} group by analyses.id`;
  return row;
}
