import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createRunFolder, ensureBuilt, isAlive, runCli, SAMPLE, startCli, type RunningCli } from '../support/cli.js';
import { findFreePort } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

const folder = createRunFolder();
let port: number;
let url: string;
let server: RunningCli;

beforeAll(async () => {
  ensureBuilt();
  port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  server = startCli(['serve', '--port', String(port)], { cwd: folder.path });
  await server.printed(/Ctrl-C ends it/);
});
afterAll(async () => {
  server.process.kill('SIGTERM');
  await server.ended;
  folder.remove();
});

async function get(route: string): Promise<Response> {
  return await fetch(`${url}${route}`);
}

async function workerPids(): Promise<number[]> {
  const text = readFileSync(path.join(folder.path, 'data/logs/stack.log'), 'utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line) as { msg: string; child?: string; childPid?: number }); // prettier-ignore
  return await Promise.resolve(
    lines.filter((line) => line.msg === 'child started' && line.child?.startsWith('worker-')).map((line) => line.childPid ?? 0), // prettier-ignore
  );
}

test('prints the page, the API and the queues, and all three answer on one port', async () => {
  expect(server.stderr()).toContain(`Web page   ${url}\n`);
  expect(server.stderr()).toContain(`${url}/v1/analyses`);
  expect(server.stderr()).toContain(`Queues     ${url}/admin/queues`);
  expect(await (await get('/')).text()).toMatch(/<div id="root">/);
  expect(await (await get('/v1/analyses')).json()).toEqual({ items: [], nextCursor: null });
  expect((await get('/admin/queues')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(200);
});

test('a second start on the same folder names the first one', async () => {
  const second = await runCli(['serve', '--port', '0'], { cwd: folder.path });
  expect(second.stderr).toMatch(new RegExp(`Another hivis \\(process ${server.pid}\\) uses the data folder .*${url}`));
  expect(second.exitCode).toBe(1);
});

test('a taken port is named with what to do', async () => {
  const other = createRunFolder();
  onTestFinished(() => other.remove());
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const takenPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const second = await runCli(['serve', '--port', String(takenPort)], { cwd: other.path });
  expect(second.stderr).toMatch(new RegExp(`Port ${takenPort} on 127.0.0.1 is taken.*--port ${takenPort + 1}`));
  expect(second.exitCode).toBe(1);
});

test('a worker that dies is started again', async () => {
  const [first = 0] = await workerPids();
  expect(isAlive(first)).toBe(true);
  process.kill(first, 'SIGKILL');
  await server.printed(/worker-1 was ended by SIGKILL; starting it again/);
  await waitFor(async () => (await workerPids()).length === 3, { timeoutMs: 20_000, what: 'a new worker' });
  expect((await get('/readyz')).status).toBe(200);
});

test('doctor finds everything, and sees the running server', async () => {
  const { stdout, exitCode } = await runCli(['doctor'], { cwd: folder.path });
  expect(stdout).toMatch(/✔ ffmpeg +\S+ \(\/.*ffmpeg\)/);
  expect(stdout).toMatch(/✔ decoders +h264, hevc, vp9, av1, mpeg4, mjpeg/);
  expect(stdout).toMatch(/✔ model +ppe-yolov8n/);
  expect(stdout).toContain(`in use by process ${server.pid} at ${url}`);
  expect(stdout).toContain('Ready: hivis can run here.');
  expect(exitCode).toBe(0);
});

test('kill -9 of the server: its children end by themselves, and a command that used it goes on with its own', async () => {
  const analyze = startCli(['analyze', SAMPLE, '--every-n-frames', '1', '--json'], { cwd: folder.path });
  await analyze.printed(/Using the hivis that runs at .*^Analysing \d/ms);
  const pids = await workerPids();
  server.process.kill('SIGKILL');
  await server.ended;
  const { stdout, stderr, exitCode } = await analyze.ended;
  expect(stderr).toMatch(/The server that was used has ended; starting one to go on\..*Continuing the analysis/s);
  expect(exitCode).toBe(0);
  expect((JSON.parse(stdout) as { persons: number }).persons).toBe(4);
  // They may finish the segment that they are at.
  await waitFor(() => !pids.some(isAlive), { timeoutMs: 30_000 });
});
