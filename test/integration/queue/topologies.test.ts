import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisTarget } from '../../../src/config/config.js';
import { createQueueBackend } from '../../../src/queue/connection.js';
import { createConsumer } from '../../../src/queue/consumer.js';
import { createProducer } from '../../../src/queue/producer.js';
import { newId } from '../../../src/shared/ids.js';
import { createLogger } from '../../../src/shared/logger.js';
import { findFreePort, hasRedisServer, startTestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';

const run = promisify(execFile);
const silent = createLogger({ level: 'silent', name: 'test' });

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'hivis-redis-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  await rm(folder, { recursive: true, force: true });
});

async function startServer(name: string, config: string, args: readonly string[] = []): Promise<void> {
  const home = path.join(folder, name);
  await mkdir(home, { recursive: true });
  const file = path.join(home, 'redis.conf');
  await writeFile(file, `dir ${home}\nbind 127.0.0.1\nsave ""\n${config}\n`);
  children.push(spawn('redis-server', [file, ...args], { stdio: 'ignore' }));
}

/** Different ones: a port that was just found free may be found again. */
async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

const cli = (port: number, ...args: string[]): Promise<string> =>
  run('redis-cli', ['-p', String(port), ...args]).then(({ stdout }) => stdout);

/** A flow of two segments and their report, from the first call to the last. */
async function runFlow(redis: RedisTarget, otelEndpoint: string | null = null): Promise<string[]> {
  const queue = { redis, prefix: 'hivis' };
  const backend = await createQueueBackend({
    queue,
    databaseUrl: null,
    otelEndpoint,
    serviceName: 'test',
    log: silent,
  });
  const producer = createProducer(backend);
  const ran: string[] = [];
  const consumer = createConsumer({
    ...{ backend, workerName: 'test', lockDurationMs: 5_000, log: silent },
    handlers: {
      segments: { concurrency: 1, maxCrashes: 1, handle: (payload) => note(`s${payload.segmentIndex}`) },
      reports: { concurrency: 1, maxCrashes: 1, handle: () => note('report') },
    },
  });
  const note = (name: string): Promise<{ outcome: string }> => {
    ran.push(name);
    return Promise.resolve({ outcome: 'done' });
  };
  consumer.start();
  const analysis = { id: newId('an'), run: 1, priority: 'normal' as const, createdAt: new Date() };
  await waitFor(() => backend.ping().then(() => true), { timeoutMs: 10_000, what: 'the connection' });
  await producer.enqueueAnalysisFlow(analysis, [0, 1], newId('as'));
  await waitFor(() => ran.includes('report'), { timeoutMs: 15_000, what: 'the report' });
  expect((await backend.info()).server).toBe('redis');
  await consumer.stop(1_000);
  await producer.close();
  await backend.close();
  return ran;
}

describe.skipIf(!hasRedisServer())('Redis', () => {
  it('as a cluster: every key of the queue is in one slot', async () => {
    const found = await findFreePorts(6);
    const [ports, busPorts] = [found.slice(0, 3), found.slice(3)];
    for (const [index, port] of ports.entries())
      await startServer(`node-${port}`, `port ${port}\ncluster-enabled yes\ncluster-port ${busPorts[index]}`);
    const nodes = ports.map((port) => `127.0.0.1:${port}`);
    await waitFor(() => Promise.all(ports.map((port) => cli(port, 'ping'))), { timeoutMs: 10_000 });
    await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes']);
    await waitFor(
      async () =>
        (await Promise.all(ports.map((port) => cli(port, 'cluster', 'info')))).every((text) =>
          text.includes('cluster_state:ok'),
        ),
      { timeoutMs: 15_000, what: 'the cluster' },
    );
    expect(await runFlow({ kind: 'cluster', nodes, url: null })).toEqual(['s0', 's1', 'report']);
    const sizes = await Promise.all(ports.map(async (port) => Number(await cli(port, 'dbsize'))));
    expect(sizes.filter((size) => size > 0)).toHaveLength(1);
  });

  it('behind Sentinel, with password and database', async () => {
    const [port = 0, sentinelPort = 0] = await findFreePorts(2);
    await startServer('master', `port ${port}\nrequirepass s3cret`);
    const master = `sentinel monitor main 127.0.0.1 ${port} 1\nsentinel auth-pass main s3cret`;
    await startServer('sentinel', `port ${sentinelPort}\n${master}`, ['--sentinel']);
    await waitFor(
      async () => (await cli(sentinelPort, 'sentinel', 'get-master-addr-by-name', 'main')).includes(String(port)),
      {
        timeoutMs: 10_000,
      },
    );
    const nodes = [`127.0.0.1:${sentinelPort}`];
    expect(await runFlow({ kind: 'sentinel', nodes, name: 'main', url: 'redis://:s3cret@any/3' })).toEqual([
      's0',
      's1',
      'report',
    ]);
    expect(await run('redis-cli', ['-p', String(port), '-a', 's3cret', '-n', '3', 'dbsize'])).not.toMatchObject({
      stdout: '0\n',
    });
  });

  it('away: a producer fails at once and works again when the server is back', async () => {
    const port = await findFreePort();
    const redis: RedisTarget = { kind: 'single', url: `redis://127.0.0.1:${port}` };
    const queue = { redis, prefix: 'hivis' };
    const backend = await createQueueBackend({
      queue,
      databaseUrl: null,
      otelEndpoint: null,
      serviceName: 'test',
      log: silent,
    });
    const producer = createProducer(backend);
    const analysis = { id: newId('an'), run: 1, priority: 'normal' as const, createdAt: new Date() };
    const startMs = performance.now();
    await expect(producer.enqueueIngest(analysis)).rejects.toMatchObject({
      code: 'queue_unavailable',
      retryable: true,
    });
    expect(performance.now() - startMs).toBeLessThan(1_000);
    const server = await startTestRedis({ folder: path.join(folder, 'late'), port });
    await waitFor(() => producer.enqueueIngest(analysis).then(() => true), { timeoutMs: 10_000 });
    expect((await producer.counts()).ingest.waiting).toBe(1);
    await producer.close();
    await backend.close();
    await server.stop();
  });

  it('sends traces of its jobs to an OpenTelemetry collector', async () => {
    const redis = await startTestRedis({ folder: path.join(folder, 'traced') });
    const paths: string[] = [];
    const collector = http.createServer((request, response) => {
      paths.push(request.url ?? '');
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    await runFlow({ kind: 'single', url: redis.url }, `http://127.0.0.1:${port}`);
    expect(paths).toContain('/v1/traces');
    collector.close();
    await redis.stop();
  });
});
