/**
 * `npm run bench:scale [-- --only workers,fairness,hour,queue --queued 10000]`: the production processes under load, as
 * tables for BENCHMARKS.md. workers: one video on 1 and on 2 worker processes; fairness: a short clip behind a long one;
 * hour: an hour of video and its re-scores; queue: many queued analyses through 2 workers.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { ensureSystemTools } from '../support/system-tools.js';
import { benchFairness } from './fairness.js';
import { benchQueue } from './many-queued.js';
import { benchRescore } from './one-hour.js';
import { benchWorkers } from './one-video.js';
import { openBenchStack, type BenchStack } from './stack.js';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, queued: { type: 'string', default: '10000' } },
});

const BENCHES: Readonly<Record<string, (stack: BenchStack) => Promise<void>>> = {
  workers: benchWorkers,
  fairness: benchFairness,
  hour: benchRescore,
  queue: (stack) => benchQueue(stack, Number(options.queued)),
};

if (!(await ensureSystemTools())) throw new Error('this needs redis-server');
const names = options.only?.split(',') ?? Object.keys(BENCHES);
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`--only takes ${Object.keys(BENCHES).join(', ')}, not ${name}`);
  const load = os.loadavg().map((value) => value.toFixed(1));
  console.log(`\n${name}: ${os.availableParallelism()} cores, load ${load.join(' ')}`);
  const stack = await openBenchStack();
  try {
    await bench(stack);
  } finally {
    await stack.close();
  }
}
