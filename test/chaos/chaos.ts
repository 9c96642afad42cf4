/**
 * `npm run test:chaos [-- --rounds 10 --backend postgres --seed 7]`: kills a random worker process at a random moment,
 * round after round, and demands that every analysis ends with the report of an undisturbed run, without a duplicate or
 * missing frame. Ends with exit code 1 when one does not.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { getAnalysis } from '../../src/db/analyses.js';
import { listSegments } from '../../src/db/segments.js';
import { ensureSystemTools } from '../support/system-tools.js';
import { killWorkers, spawnWorker, testSettings, type SpawnedWorker } from '../support/worker.js';
import { openChaosStack, type ChaosStack } from './chaos-stack.js';
import { createRandom, readOptions, type ChaosOptions } from './options.js';
import { readOutcome, type Outcome } from './verify.js';

const ROUND_TIMEOUT_MS = 180_000;

async function main(options: ChaosOptions): Promise<number> {
  const hasRedis = await ensureSystemTools();
  const backend = options.backend ?? (hasRedis ? 'redis' : 'postgres');
  const stack = await openChaosStack(backend);
  const crew: SpawnedWorker[] = await Promise.all(
    Array.from({ length: options.workers }, () => spawnWorker(stack.env)),
  );
  let failures = 0;
  try {
    const calm = await runRound(stack, undefined);
    console.log(
      `undisturbed: ${calm.seconds} s, report ${calm.outcome.reportSha256.slice(0, 12)}, ${calm.outcome.frames} frames`,
    );
    if (calm.segments < 20 || calm.outcome.status !== 'completed')
      throw new Error('the undisturbed run is not as planned');
    const random = createRandom(options.seed);
    const tally = new Map<string, number>();
    for (let round = 1; round <= options.rounds; round++) {
      const killAfterMs = random() * calm.seconds * 1_000;
      const victim = Math.floor(random() * crew.length);
      const killed = await runRound(stack, { afterMs: killAfterMs, kill: () => replace(stack, crew, victim) });
      const problems = compare(calm.outcome, killed.outcome);
      failures += problems.length > 0 ? 1 : 0;
      tally.set(killed.phase, (tally.get(killed.phase) ?? 0) + 1);
      const verdict = problems.length === 0 ? 'same report' : `DIFFERENT: ${problems.join(', ')}`;
      console.log(
        `round ${round}: killed while ${killed.phase}, ${killed.extraAttempts} segment(s) begun again, ${killed.seconds} s, ${verdict}`,
      );
    }
    const phases = [...tally].map(([phase, count]) => `${phase} ${count}`).join(', ');
    console.log(`${options.rounds} kills on ${backend} (seed ${options.seed}; ${phases}): ${failures} wrong result(s)`);
  } finally {
    await killWorkers(crew.filter((worker) => worker.child.exitCode === null && worker.child.signalCode === null));
    await stack.close();
  }
  return failures;
}

type Killing = { readonly afterMs: number; readonly kill: () => Promise<void> };
type Round = {
  readonly outcome: Outcome;
  readonly segments: number;
  readonly extraAttempts: number;
  readonly phase: string;
  readonly seconds: number;
};

async function runRound(stack: ChaosStack, killing: Killing | undefined): Promise<Round> {
  const startMs = performance.now();
  const settings = { ...testSettings(), imageSize: 160 };
  const { id } = await stack.submitter.submit({ uploadId: stack.uploadId, settings });
  let phase = 'never';
  if (killing !== undefined) {
    await delay(killing.afterMs);
    phase = (await getAnalysis(stack.sql, id)).status;
    await killing.kill();
  }
  while ((await getAnalysis(stack.sql, id)).finishedAt === null) {
    if (performance.now() - startMs > ROUND_TIMEOUT_MS) throw new Error(`${id} does not end`);
    await delay(50);
  }
  const segments = await listSegments(stack.sql, id);
  return {
    outcome: await readOutcome(stack.sql, id),
    segments: segments.length,
    extraAttempts: segments.reduce((sum, segment) => sum + segment.attempts - 1, 0),
    phase,
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
  };
}

/** What a supervisor does. The others go on meanwhile. */
async function replace(stack: ChaosStack, crew: SpawnedWorker[], victim: number): Promise<void> {
  const worker = crew[victim];
  if (worker === undefined) return;
  worker.kill('SIGKILL');
  await worker.exited;
  crew[victim] = await spawnWorker(stack.env);
}

function compare(calm: Outcome, killed: Outcome): string[] {
  return (Object.keys(calm) as (keyof Outcome)[])
    .filter((key) => calm[key] !== killed[key])
    .map((key) => `${key} ${String(killed[key])} instead of ${String(calm[key])}`);
}

process.exitCode = (await main(readOptions(process.argv.slice(2)))) === 0 ? 0 : 1;
