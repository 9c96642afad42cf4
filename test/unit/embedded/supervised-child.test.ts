import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createChildOutput } from '../../../src/embedded/child-output.js';
import {
  superviseChild,
  type ChildEvent,
  type SpawnedProcess,
  type SupervisedChild,
} from '../../../src/embedded/supervised-child.js';

class FakeProcess extends EventEmitter implements SpawnedProcess {
  readonly pid = 4_000_000;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly signals: string[] = [];
  /** Whether SIGTERM ends it. */
  obedient = true;

  kill(signal: NodeJS.Signals): boolean {
    this.signals.push(signal);
    if (this.obedient) this.end(0, null);
    return true;
  }

  end(code: number | null, signal: string | null): void {
    this.emit('exit', code, signal);
    this.emit('close', code, signal);
  }
}

const POLICY = { stableAfterMs: 10_000, firstDelayMs: 500, maxDelayMs: 3_000, maxFailedStarts: 3 };

function setUp() {
  const lives: FakeProcess[] = [];
  const listenUrls: (string | null)[] = [];
  const events: ChildEvent[] = [];
  const child: SupervisedChild = superviseChild({
    name: 'worker-1',
    policy: POLICY,
    port: {
      spawn: (listenUrl) => {
        listenUrls.push(listenUrl);
        const life = new FakeProcess();
        lives.push(life);
        return life;
      },
      killGroup: (target) => {
        const life = lives.find((candidate) => candidate === target);
        life?.signals.push('SIGKILL');
        life?.end(null, 'SIGKILL');
      },
    },
    output: createChildOutput({
      name: 'worker-1',
      file: { path: '', write: () => undefined, close: () => undefined },
      nowMs: () => Date.now(),
      onLine: () => undefined,
    }),
    nowMs: () => Date.now(),
    onEvent: (event) => events.push(event),
  });
  return { child, lives, listenUrls, events };
}

function last(lives: readonly FakeProcess[]): FakeProcess {
  const life = lives.at(-1);
  if (life === undefined) throw new Error('nothing was spawned');
  return life;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('ready resolves with the reported URL, and a restart gets to know it', async () => {
  const { child, lives, listenUrls } = setUp();
  last(lives).emit('message', { kind: 'ready', url: 'http://127.0.0.1:4321' });
  await expect(child.ready).resolves.toBe('http://127.0.0.1:4321');
  last(lives).end(1, null);
  await vi.advanceTimersByTimeAsync(500);
  expect(listenUrls).toEqual([null, 'http://127.0.0.1:4321']);
});

test('messages that are not ours change nothing', async () => {
  const { child, lives } = setUp();
  let settled = false;
  void child.ready.then(() => (settled = true));
  last(lives).emit('message', 'ready');
  last(lives).emit('message', { type: 'NODE_SOMETHING' });
  await vi.advanceTimersByTimeAsync(0);
  expect(settled).toBe(false);
});

test('failing starts are retried with growing delays, then the last lines say why it was given up', async () => {
  const { child, lives, events } = setUp();
  for (const delayMs of [500, 1_000]) {
    last(lives).end(1, null);
    await vi.advanceTimersByTimeAsync(delayMs);
  }
  expect(lives).toHaveLength(3);
  last(lives).stderr.write('Error: the model is upside down\n');
  await vi.advanceTimersByTimeAsync(0);
  last(lives).end(null, 'SIGSEGV');
  await expect(child.ready).rejects.toMatchObject({
    code: 'process_crashed',
    message: expect.stringMatching(
      /worker-1 cannot start: it was ended by SIGSEGV, 3 times in a row.*the model is upside down/s,
    ) as string,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lives).toHaveLength(3);
  expect(events.at(-1)?.kind).toBe('gave_up');
});

test('a child that crashes whenever it has started is not given up', async () => {
  const { lives, events } = setUp();
  for (let crash = 0; crash < 10; crash += 1) {
    last(lives).emit('message', { kind: 'ready', url: null });
    await vi.advanceTimersByTimeAsync(0);
    last(lives).end(null, 'SIGKILL');
    await vi.advanceTimersByTimeAsync(3_000);
  }
  expect(lives).toHaveLength(11);
  expect(events.filter((event) => event.kind === 'gave_up')).toEqual([]);
});

test('a reported failure that cannot pass by itself is given up at once', async () => {
  const { child, lives } = setUp();
  last(lives).emit('message', { kind: 'failed', code: 'port_taken', message: 'Port 3000 is taken.', retryable: false });
  last(lives).end(1, null);
  await expect(child.ready).rejects.toMatchObject({ code: 'port_taken', message: 'Port 3000 is taken.' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lives).toHaveLength(1);
});

test('a reported failure that may pass is tried again', async () => {
  const { lives } = setUp();
  last(lives).emit('message', { kind: 'failed', code: 'database_unavailable', message: 'down', retryable: true });
  last(lives).end(1, null);
  await vi.advanceTimersByTimeAsync(500);
  expect(lives).toHaveLength(2);
});

test('stop asks politely and does not start it again', async () => {
  const { child, lives } = setUp();
  await child.stop(1_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(last(lives).signals).toEqual(['SIGTERM']);
  expect(lives).toHaveLength(1);
});

test('stop uses force after the grace', async () => {
  const { child, lives } = setUp();
  last(lives).obedient = false;
  const stopped = child.stop(1_000);
  await vi.advanceTimersByTimeAsync(999);
  expect(last(lives).signals).toEqual(['SIGTERM']);
  await vi.advanceTimersByTimeAsync(1);
  await stopped;
  expect(last(lives).signals).toEqual(['SIGTERM', 'SIGKILL']);
});

test('stop while it waits to be started again ends the waiting', async () => {
  const { child, lives } = setUp();
  last(lives).end(1, null);
  await vi.advanceTimersByTimeAsync(100);
  await child.stop(1_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lives).toHaveLength(1);
});
