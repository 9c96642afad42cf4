import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { listLiveWorkers } from '../../../src/db/workers.js';
import { openTestStack, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { spawnWorker } from '../../support/worker.js';

let stack: TestStack;
afterEach(() => stack.close());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const livePids = async (): Promise<number[]> =>
  (await listLiveWorkers(stack.database.sql)).map((worker) => worker.pid).filter(isAlive);
const patient = { timeoutMs: 40_000, intervalMs: 50 };

it('keeps as many processes as asked for, and takes them with it', async () => {
  stack = await openTestStack({ redisUrl: null, env: { WORKER_PROCESSES: '2' } });
  const supervisor = await stack.spawn();
  const first = await waitFor(async () => (await livePids()).length === 2 && livePids(), patient);
  expect(first).not.toContain(supervisor.pid);

  process.kill(first[0] ?? 0, 'SIGKILL');
  const second = await waitFor(async () => {
    const pids = await livePids();
    return pids.length === 2 && !pids.includes(first[0] ?? 0) && pids;
  }, patient);

  // However it ends: its children notice.
  supervisor.kill('SIGKILL');
  await waitFor(() => !second.some(isAlive), patient);
}, 120_000);

it('ends in order on SIGTERM', async () => {
  stack = await openTestStack({ redisUrl: null, env: { WORKER_PROCESSES: '2' } });
  const supervisor = await stack.spawn();
  await waitFor(async () => (await livePids()).length === 2, patient);
  supervisor.kill('SIGTERM');
  expect(await supervisor.exited).toEqual([0, null]);
  expect(await listLiveWorkers(stack.database.sql)).toEqual([]);
}, 120_000);

it('says why it cannot start instead of trying for ever', async () => {
  stack = await openTestStack({ redisUrl: null });
  const env = { ...stack.env, WORKER_PROCESSES: '2', MODEL_ID: 'no-such-model' };
  await expect(spawnWorker(env)).rejects.toThrow(/unknown_model.*no-such-model/);
}, 120_000);

it('answers the health check of a container', async () => {
  stack = await openTestStack({ redisUrl: null });
  const ask = async (): Promise<unknown> => {
    const args = ['--import', 'tsx', 'workers/main.ts', '--health'];
    const child = spawn(process.execPath, args, { env: { ...process.env, ...stack.env }, stdio: 'ignore' });
    return (await once(child, 'exit'))[0] as unknown;
  };
  expect(await ask()).toBe(1);
  await stack.spawn();
  expect(await ask()).toBe(0);
}, 60_000);
