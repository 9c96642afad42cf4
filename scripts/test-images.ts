/**
 * `npm run test:images [-- --no-cache]`: builds the images on a real engine, looks into them, runs the compose stack with
 * workers that come, go and die, compares its reports with the embedded stack's, and writes dockerfiles/RESULTS.md.
 * Skipped with a message where no engine can be reached. `--no-cache` measures builds from nothing as well.
 */
import os from 'node:os';
import process from 'node:process';
import { buildImages, checkBrokenModels } from '../test/images/build-images.js';
import { createChecklist, type Checklist } from '../test/images/checklist.js';
import { findEngine, type Engine } from '../test/images/engine.js';
import { checkImages, checkModelImage } from '../test/images/image-checks.js';
import { measureReadiness } from '../test/images/ready-times.js';
import { analyzeEmbedded, checkAllInOne } from '../test/images/references.js';
import { mergeFigures, readEarlierFigures, writeResults, type ReadyTimes } from '../test/images/results.js';
import {
  checkAnalyses,
  checkContainers,
  checkFrontDoor,
  checkRestart,
  checkScaling,
} from '../test/images/stack-checks.js';
import { openStack, type Stack } from '../test/images/stack.js';

type StackFigures = { readonly ready: ReadyTimes; readonly stackUpSeconds?: number };

async function testStack(engine: Engine, checklist: Checklist): Promise<StackFigures> {
  const references = await analyzeEmbedded(checklist);
  if (references === undefined) return { ready: {} };
  await checkAllInOne(engine, checklist, references);
  const stack: Stack = await openStack(engine);
  const stop = (): void => void stack.remove().finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await checkModelImage(engine, checklist, stack.volume('probe'));
    const startedMs = Date.now();
    if (!(await checklist.check('the stack comes up with two workers', () => stack.up(2).then(() => undefined)))) {
      console.log((await stack.compose('logs', '--tail', '20')).slice(-6000));
      return { ready: {} };
    }
    const stackUpSeconds = (Date.now() - startedMs) / 1000;
    await checkFrontDoor(stack, checklist);
    const kept = await checkAnalyses(stack, checklist, references);
    await checkScaling(engine, stack, checklist, references);
    if (kept !== undefined) await checkRestart(stack, checklist, kept);
    await checkContainers(engine, stack, checklist);
    return { ready: await measureReadiness(engine, stack, checklist), stackUpSeconds };
  } finally {
    await engine.tryDocker(['volume', 'rm', stack.volume('probe')]);
    await checklist.check('everything is taken down again', () => stack.remove().then(() => undefined));
  }
}

async function main(): Promise<void> {
  const engine = await findEngine();
  if (typeof engine === 'string') {
    console.log(`test:images skipped: ${engine}\n0 passed, 0 failed`);
    return;
  }
  console.log(`engine ${engine.version}`);
  const checklist = createChecklist((line) => console.log(line));
  const images = await buildImages(engine, checklist, { withoutCache: process.argv.includes('--no-cache') });
  if (checklist.failed === 0 || images.size === 5) {
    await checkImages(engine, checklist);
    await checkBrokenModels(engine, checklist);
    const loadAverage = os.loadavg()[0] ?? 0;
    const stack = await testStack(engine, checklist);
    const figures = { images: Object.fromEntries(images), readyLoadAverage: loadAverage, ...stack };
    writeResults(mergeFigures(figures, readEarlierFigures()));
  }
  console.log(`${checklist.passed} passed, ${checklist.failed} failed`);
  process.exitCode = checklist.failed === 0 ? 0 : 1;
}

await main();
