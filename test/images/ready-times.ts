import { randomBytes } from 'node:crypto';
import { waitFor } from '../support/wait-for.js';
import { patience } from './build-images.js';
import { expect, type Checklist } from './checklist.js';
import type { Engine } from './engine.js';
import { MAX_READY_SECONDS, tagOf } from './images.js';
import type { ReadyTimes } from './results.js';
import type { Stack } from './stack.js';

type Timed = keyof typeof MAX_READY_SECONDS;
const TRIES = 3;

/** From the start of a container to its first good answer, the best of three starts. */
export async function measureReadiness(engine: Engine, stack: Stack, checklist: Checklist): Promise<ReadyTimes> {
  const measure: Readonly<Record<Timed, () => Promise<number>>> = {
    api: () => untilAnswer(engine, stack, 'api', 3000, '/readyz'),
    worker: () => untilLogLine(engine, stack),
    web: () => untilAnswer(engine, stack, 'web', 8080, '/web-health'),
    model: () => untilExit(engine),
  };
  const times: Partial<Record<Timed, number>> = {};
  for (const [name, start] of Object.entries(measure) as [Timed, () => Promise<number>][]) {
    const limit = MAX_READY_SECONDS[name];
    await checklist.check(`${name} is ready in less than ${limit} s`, async () => {
      const tries: number[] = [];
      for (let count = 0; count < TRIES; count += 1) tries.push(await start());
      times[name] = Math.min(...tries);
      expect(Math.min(...tries) < limit * patience(), `${tries.map((time) => time.toFixed(2)).join(', ')} s`);
      return `${tries.map((time) => time.toFixed(2)).join(', ')} s`;
    });
  }
  return times;
}

async function startedMs(engine: Engine, id: string): Promise<number> {
  return Date.parse(await engine.docker(['inspect', '--format', '{{.State.StartedAt}}', id]));
}

async function untilAnswer(engine: Engine, stack: Stack, service: string, port: number, path: string): Promise<number> {
  const [id = ''] = await stack.containers(service);
  await engine.docker(['restart', '-t', '20', id]);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const [address = ''] = (await engine.docker(['inspect', '--format', format, id])).trim().split(' ');
  const answeredMs = await waitFor(
    async () => {
      const response = await fetch(`http://${address}:${port}${path}`).catch(() => undefined);
      return response?.ok === true ? Date.now() : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 20, what: `${service} on ${address}` },
  );
  return (answeredMs - (await startedMs(engine, id))) / 1000;
}

async function untilLogLine(engine: Engine, stack: Stack): Promise<number> {
  const [id = ''] = await stack.containers('worker');
  await engine.docker(['restart', '-t', '25', id]);
  const started = await startedMs(engine, id);
  const readyMs = await waitFor(
    async () => {
      const lines = (await engine.docker(['logs', '--since', new Date(started).toISOString(), id])).split('\n');
      const line = lines.find((text) => text.includes('"worker takes jobs"'));
      return line === undefined ? undefined : Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '');
    },
    { timeoutMs: 60_000, what: 'the worker' },
  );
  return (readyMs - started) / 1000;
}

async function untilExit(engine: Engine): Promise<number> {
  const name = `hivis-model-${randomBytes(4).toString('hex')}`;
  try {
    await engine.docker(['run', '--name', name, '--network=none', '-v', `${name}:/models`, tagOf('model')]);
    const state = await engine.docker(['inspect', '--format', '{{.State.StartedAt}} {{.State.FinishedAt}}', name]);
    const [from = '', to = ''] = state.split(' ');
    return (Date.parse(to) - Date.parse(from)) / 1000;
  } finally {
    await engine.tryDocker(['rm', '-f', name]);
    await engine.tryDocker(['volume', 'rm', name]);
  }
}
