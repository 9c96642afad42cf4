/**
 * `npm test`: makes ffmpeg and redis-server available, builds what the end-to-end tests run, runs vitest with the
 * arguments it was given, and ends with one line of counts. The exit code is vitest's.
 */
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => path.join(root, 'node_modules', name);

function run(title, script, args) {
  if (title !== null) console.error(`> ${title}`);
  const { status, signal } = spawnSync(process.execPath, [bin(script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HIVIS_BUILT: '1' },
  });
  return status ?? (signal === null ? 1 : 130);
}

function buildAll() {
  const typescript = run('building', 'typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  return typescript === 0 ? run(null, 'vite/bin/vite.js', ['build', '--logLevel', 'warn']) : typescript;
}

/** ffmpeg is a must; without redis-server the tests skip their Redis half and say so. */
async function ensureTools() {
  const load = (file) => import(new URL(`../dist/src/${file}`, import.meta.url).href);
  const { ensureFfmpeg } = await load('embedded/preflight.js');
  const { ensureRedisServer } = await load('embedded/redis-server.js');
  const { readEnvironment } = await load('config/environment.js');
  const { loadConfig } = await load('config/config.js');
  const env = readEnvironment();
  const say = (line) => console.error(line);
  await ensureFfmpeg(loadConfig(env), env, say);
  await ensureRedisServer(env, say);
}

/** vitest's own counts; a file that could not even be loaded counts as one failure. */
function closingLine(file) {
  const result = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = result.testResults.filter(
    (entry) => entry.status === 'failed' && !entry.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const skipped = result.numPendingTests + result.numTodoTests;
  return `${result.numPassedTests} passed, ${result.numFailedTests + brokenFiles} failed, ${skipped} skipped`;
}

function runVitest(args) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-test-run-'));
  const counts = path.join(folder, 'counts.json');
  try {
    const status = run('testing', 'vitest/vitest.mjs', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${counts}`,
      ...args,
    ]);
    console.log(closingLine(counts));
    return status;
  } catch (error) {
    console.error(`vitest left no counts: ${error.message}`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const built = buildAll();
if (built !== 0) process.exit(built);
try {
  await ensureTools();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exit(runVitest(process.argv.slice(2)));
