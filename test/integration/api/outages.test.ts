import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findAnalysis } from '../../../src/db/analyses.js';
import type { AnalysisView, Readiness } from '../../../src/api/schemas.js';
import { startTestRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { startTestApi, type TestApi } from './api-server.js';

const videoUrl = 'https://user-videos.example.com/gate.mp4';

describe.skipIf(inject('redisUrl') === null)('with Redis away', () => {
  let folder: string;
  let redis: TestRedis;
  let test: TestApi;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'hivis-api-redis-'));
    redis = await startTestRedis({ folder });
    test = await startTestApi({ redisUrl: redis.url });
    await redis.stop();
  });
  afterAll(async () => {
    await test.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('still takes analyses, and does not let their senders wait', async () => {
    const startedMs = Date.now();
    const { status, json } = await test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl });
    expect(status).toBe(202);
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    expect((await findAnalysis(test.sql, json.id))?.status).toBe('queued');
    expect((await test.call('POST', `/v1/analyses/${json.id}/cancel`)).status).toBe(202);
    expect((await test.call('POST', `/v1/analyses/${json.id}/retry`)).status).toBe(202);
    expect((await test.call('DELETE', `/v1/analyses/${json.id}`)).status).toBe(200);
  });

  it('says that it is not ready, and why', async () => {
    const { status, json } = await test.call<Readiness>('GET', '/readyz');
    expect(status).toBe(503);
    expect(json).toMatchObject({ status: 'not_ready', checks: { database: { ok: true }, queue: { ok: false } } });
    expect(json.checks.queue.reason).not.toBe('');
    expect((await test.call('GET', '/healthz')).status).toBe(200);
    expect((await test.call('GET', '/metrics')).text).toContain('hivis_up{part="queue"} 0');
    const board = await fetch(`${test.url}/admin/queues/api/queues`);
    expect(board.status).toBeGreaterThanOrEqual(500);
    expect(await board.text()).not.toMatch(/\bat .*\.js:/);
  });
});

describe('with Postgres away', () => {
  it('says so, and works again when Postgres is back', async () => {
    const line = createLine();
    const test = await startTestApi({ wrapDatabase: (url) => line.connect(url) });
    try {
      expect((await test.call('GET', '/v1/analyses')).status).toBe(200);
      await line.cut();
      const refused = await test.call('GET', '/v1/analyses');
      expect(refused.json).toMatchObject({ status: 503, code: 'database_unavailable' });
      const ready = await test.call<Readiness>('GET', '/readyz');
      expect(ready).toMatchObject({
        status: 503,
        json: { checks: { database: { ok: false }, schema: { ok: false } } },
      });
      expect(ready.text).not.toContain('postgres://');
      await line.mend();
      await waitFor(async () => (await test.call('GET', '/v1/analyses')).status === 200, { timeoutMs: 15_000 });
      await waitFor(async () => (await test.call('GET', '/readyz')).status === 200, { timeoutMs: 15_000 });
    } finally {
      await test.stop();
      await line.cut();
    }
  });
});

/** A TCP proxy on one port, to be cut and mended. */
function createLine() {
  let target: URL | undefined;
  let port = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(target?.port), target?.hostname ?? '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  return {
    connect: async (url: string): Promise<string> => {
      target = new URL(url);
      await listen();
      const line = new URL(url);
      line.host = `127.0.0.1:${port}`;
      return line.href;
    },
    cut: async (): Promise<void> => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: listen,
  };
}
