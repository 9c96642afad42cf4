import { quantile, post, resultHash, untilCompleted, upload } from './client.js';
import { loopSample, type BenchStack } from './stack.js';

const LOOPS = 16;
const VIDEO_SECONDS = 15 * LOOPS;

type Run = { readonly processes: number; readonly seconds: number; readonly hash: string };

/** One video on 1 and on 2 worker processes: how much faster, and is the result the same? */
export async function benchWorkers(stack: BenchStack): Promise<void> {
  const uploadId = await upload(stack, loopSample(stack.folder, LOOPS));
  const runs: Run[] = [];
  // In turns, so that whatever else this machine does falls on both.
  for (const processes of [1, 2, 1, 2, 1, 2]) runs.push(await runOnce(stack, uploadId, processes));
  const median = (processes: number): number =>
    quantile(
      runs.filter((run) => run.processes === processes).map((run) => run.seconds),
      0.5,
    );
  const isEqual = new Set(runs.map((run) => run.hash)).size === 1;
  console.log(
    `\n### One video on 1 and 2 worker processes (sample × ${LOOPS}, ${VIDEO_SECONDS} s, every 5th frame, 480 px)\n`,
  );
  console.log('| processes | segments, s (median of 3) | video-s per s | ratio | result |\n|---|---|---|---|---|');
  for (const processes of [1, 2]) {
    const seconds = median(processes);
    const [ratio, speed] = [median(1) / seconds, VIDEO_SECONDS / seconds];
    const result = isEqual ? `equal (${runs[0]?.hash ?? ''})` : 'DIFFERENT';
    console.log(`| ${processes} | ${seconds.toFixed(1)} | ${speed.toFixed(1)} | ${ratio.toFixed(2)} | ${result} |`);
  }
}

/** From the first segment's claim to the last one's end: what more workers can make faster. */
async function runOnce(stack: BenchStack, uploadId: string, processes: number): Promise<Run> {
  const stop = await stack.startWorkers(processes);
  const { id } = await post(stack, '/v1/analyses', { uploadId, name: `bench ${processes}` });
  await untilCompleted(stack, id, 600_000);
  const [row] = await stack.sql<[{ seconds: number }]>`
    select extract(epoch from max(segments.finished_at) - min(segments.claimed_at))::float8 as seconds
    from segments where segments.analysis_id = ${id}`;
  const run = { processes, seconds: row.seconds, hash: await resultHash(stack, id) };
  await stop();
  return run;
}
