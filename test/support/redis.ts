import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createServer } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { inject } from 'vitest';
import { waitFor } from './wait-for.js';

export type TestRedis = { readonly url: string; readonly pid: number; stop(): Promise<void> };

export const REDIS_MISSING = 'skipped: redis-server is not installed (apt-get install redis-server)';

/** Whether `redis-server` is in PATH. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A redis-server of our own on a free port; append-only with `appendOnly`, else in memory only. */
export async function startTestRedis(options: {
  readonly folder: string;
  readonly port?: number;
  readonly appendOnly?: boolean;
}): Promise<TestRedis> {
  await mkdir(options.folder, { recursive: true });
  const port = options.port ?? (await findFreePort());
  const persistence =
    options.appendOnly === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', options.folder, '--save', '', ...persistence];
  const child = spawn('redis-server', [...args, '--maxmemory-policy', 'noeviction', '--databases', '256'], {
    stdio: 'ignore',
    detached: true,
  });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  child.unref();
  await waitFor(() => answers(port), { timeoutMs: 10_000, what: 'redis-server' });
  if (child.pid === undefined) throw new Error('redis-server has no pid');
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Waiting for a process that does not keep us alive would end us instead.
      child.ref();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** One case per queue backend that can be tested here, for `describe.each`. Says so when Redis is left out. */
export function queueBackends(): readonly (readonly ['postgres' | 'redis', { readonly redisUrl: string | null }])[] {
  const redisUrl = inject('redisUrl');
  if (redisUrl === null) {
    console.warn(REDIS_MISSING);
    return [['postgres', { redisUrl: null }]];
  }
  return [
    ['postgres', { redisUrl: null }],
    ['redis', { redisUrl }],
  ];
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
