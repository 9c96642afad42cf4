import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = path.join(ROOT, 'dist/src/cli/main.js');

/** The bundled video. */
export const SAMPLE = path.join(ROOT, 'samples/site-demo.mp4');

/** Compiles what `npm run build` would. `npm test` has done that already and says so. */
export function ensureBuilt(): void {
  if (process.env['HIVIS_BUILT'] === '1') return;
  build('typescript/bin/tsc', '-p', 'tsconfig.build.json');
  if (!existsSync(path.join(ROOT, 'dist/web/index.html'))) build('vite/bin/vite.js', 'build', '--logLevel', 'warn');
}

function build(script: string, ...args: readonly string[]): void {
  const { status, stdout } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script} failed:\n${stdout}`);
}

export type CliResult = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

export type RunningCli = {
  readonly process: ChildProcess;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Waits until something was printed on either stream; fails at once when the program ends without. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  readonly ended: Promise<CliResult>;
};

/** Starts the compiled `hivis` in a folder of its own, with nothing of our environment that could change it. */
export function startCli(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], WORKER_PROCESSES: '2', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([exitCode]): CliResult => ({
    exitCode: exitCode as number | null,
    stdout,
    stderr,
  }));
  return {
    process: child,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async printed(pattern, timeoutMs = 60_000) {
      const found = await waitFor(
        () => {
          const match = pattern.exec(stderr) ?? pattern.exec(stdout);
          return match ?? (child.exitCode !== null || child.signalCode !== null ? 'ended' : null);
        },
        { timeoutMs, what: `${String(pattern)} in the output:\n${stderr}${stdout}` },
      );
      if (found === 'ended') throw new Error(`hivis ended before it printed ${String(pattern)}:\n${stderr}${stdout}`);
      return found;
    },
  };
}

export async function runCli(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<CliResult> {
  return await startCli(args, options).ended;
}

/** An empty folder to run in; `remove` also waits for nothing: whatever ran there must have ended. */
export function createRunFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-e2e-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
