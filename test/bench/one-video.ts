import { quantile, post, resultHash, untilCompleted, upload } from './client.js';
import { loopSample, type BenchStack } from './stack.js';

const LOOPS = 16;
const VIDEO_SECONDS = 15 * LOOPS;

/** A lone process decodes (ffmpeg) and detects at once, so with two cores to itself it is faster than on one. */
const SETUPS = [
  { processes: 1, cores: 1 },
  { processes: 1, cores: 2 },
  { processes: 2, cores: 2 },
] as const;

type Setup = (typeof SETUPS)[number];
type Run = { readonly seconds: number; readonly hash: string };

/** One video on 1 and on 2 worker processes: how much faster, and is the result the same? */
export async function benchWorkers(stack: BenchStack): Promise<void> {
  const uploadId = await upload(stack, loopSample(stack.folder, LOOPS));
  const runs = new Map<Setup, Run[]>(SETUPS.map((setup) => [setup, []]));
  // In turns, so that whatever else this machine does falls on all of them.
  for (let turn = 0; turn < 3; turn += 1)
    for (const [setup, done] of runs) done.push(await runOnce(stack, uploadId, setup));
  const isEqual = new Set([...runs.values()].flat().map((run) => run.hash)).size === 1;
  const median = (setup: Setup): number => {
    const seconds = runs.get(setup)?.map((run) => run.seconds) ?? [];
    return quantile(seconds, 0.5);
  };
  console.log(
    `\n### One video on 1 and 2 worker processes (sample × ${LOOPS}, ${VIDEO_SECONDS} s, every 5th frame, 480 px)\n`,
  );
  console.log('| processes | cores | segments, s (median of 3) | video-s per s | ratio | result |');
  console.log('|---|---|---|---|---|---|');
  for (const setup of SETUPS) {
    const seconds = median(setup);
    const figures = [
      seconds.toFixed(1),
      (VIDEO_SECONDS / seconds).toFixed(1),
      (median(SETUPS[0]) / seconds).toFixed(2),
    ];
    const result = isEqual ? `equal (${runs.get(setup)?.[0]?.hash ?? ''})` : 'DIFFERENT';
    console.log(`| ${setup.processes} | ${setup.cores} | ${figures.join(' | ')} | ${result} |`);
  }
}

/** From the first segment's claim to the last one's end: what more workers can make faster. */
async function runOnce(stack: BenchStack, uploadId: string, { processes, cores }: Setup): Promise<Run> {
  const stop = await stack.startWorkers(processes, cores);
  const { id } = await post(stack, '/v1/analyses', { uploadId, name: `bench ${processes}` });
  await untilCompleted(stack, id, 600_000);
  const [row] = await stack.sql<[{ seconds: number }]>`
    select extract(epoch from max(segments.finished_at) - min(segments.claimed_at))::float8 as seconds
    from segments where segments.analysis_id = ${id}`;
  const run = { seconds: row.seconds, hash: await resultHash(stack, id) };
  await stop();
  return run;
}
