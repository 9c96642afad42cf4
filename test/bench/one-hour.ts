import { post, quantile, untilCompleted, upload } from './client.js';
import { loopSample, until, type BenchStack } from './stack.js';

const LOOPS = 240;
/** Shortest violation that is reported, in ms; the longer, the fewer violations there are to draw stills of. */
const RULE_SETS = [
  { name: 'required: vest; ≥ 60 s', rules: { required: ['vest'], minViolationMs: 60_000 } },
  { name: 'required: helmet; ≥ 14.5 s', rules: { required: ['helmet'], minViolationMs: 14_500 } },
  { name: 'as before', rules: {} },
] as const;

/** An hour of video, and judging its detections again by other rules. */
export async function benchRescore(stack: BenchStack): Promise<void> {
  const uploadId = await upload(stack, loopSample(stack.folder, LOOPS));
  const stop = await stack.startWorkers(2);
  const { id } = await post(stack, '/v1/analyses', { uploadId, name: '1 h' });
  await untilCompleted(stack, id, 1_800_000);
  const [row] = await stack.sql<[{ seconds: number; frames: number; detections: number }]>`
    select extract(epoch from analyses.finished_at - analyses.created_at)::float8 as seconds,
      (select count(*)::integer from sampled_frames where sampled_frames.analysis_id = ${id}) as frames,
      (select count(*)::integer from detections where detections.analysis_id = ${id}) as detections
    from analyses where analyses.id = ${id}`;
  console.log(
    `\n### One hour (sample × ${LOOPS}): ${row.frames} sampled frames, ${row.detections} detections, analysed by 2 processes in ${row.seconds.toFixed(0)} s (${(3600 / row.seconds).toFixed(1)} video-s per s)\n`,
  );
  console.log(
    '| judged again | violations | POST to report, s: median of 5 | lowest | highest |\n|---|---|---|---|---|',
  );
  for (const { name, rules } of RULE_SETS) {
    const runs: Rescore[] = [];
    for (let run = 0; run < 5; run += 1) runs.push(await rescore(stack, id, rules));
    const seconds = runs.map((run) => run.seconds);
    const figures = [quantile(seconds, 0.5), Math.min(...seconds), Math.max(...seconds)].map((value) =>
      value.toFixed(2),
    );
    console.log(`| ${name} | ${runs[0]?.violations ?? 0} | ${figures.join(' | ')} |`);
  }
  await stop();
}

type Rescore = { readonly status: string; readonly seconds: number; readonly violations: number };

async function rescore(stack: BenchStack, analysisId: string, rules: object): Promise<Rescore> {
  const { id } = await post(stack, `/v1/analyses/${analysisId}/assessments`, { rules });
  const read = async (): Promise<Rescore> => {
    const [row] = await stack.sql<[Rescore]>`
      select assessments.status,
        coalesce(extract(epoch from assessments.finished_at - assessments.created_at), 0)::float8 as seconds,
        (select count(*)::integer from violations where violations.assessment_id = assessments.id) as violations
      from assessments where assessments.id = ${id}`;
    return row;
  };
  await until(async () => ['completed', 'failed'].includes((await read()).status), `assessment ${id}`, 300_000);
  const done = await read();
  if (done.status !== 'completed') throw new Error(`assessment ${id} failed`);
  return done;
}
