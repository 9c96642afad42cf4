import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from '../config/config.js';

export type RedisClient = Redis | Cluster;

/**
 * `worker` waits for a lost server as long as it takes (BullMQ demands it); `producer` fails at once, so that a request
 * of a user is not held up: the database remembers the analysis and the reconciler queues it later.
 */
export type ClientMode = 'worker' | 'producer';

export function createRedisClient(target: RedisTarget, mode: ClientMode): RedisClient {
  const common = commonOptions(mode);
  if (target.kind === 'single') return new Redis(target.url, common);
  const access = readAccess(target.url);
  if (target.kind === 'sentinel')
    return new Redis({ ...common, ...access, sentinels: target.nodes.map(parseNode), name: target.name });
  return new Cluster(target.nodes.map(parseNode), {
    redisOptions: { ...common, ...access },
    clusterRetryStrategy: reconnectPauseMs,
    enableOfflineQueue: mode === 'worker',
  });
}

function commonOptions(mode: ClientMode) {
  const patient = mode === 'worker';
  return {
    maxRetriesPerRequest: patient ? null : 1,
    enableOfflineQueue: patient,
    connectTimeout: 5_000,
    retryStrategy: reconnectPauseMs,
    ...(patient ? {} : { commandTimeout: 5_000 }),
  };
}

function reconnectPauseMs(times: number): number {
  return Math.min(100 * 2 ** Math.min(times, 5), 2_000);
}

type Access = { username?: string; password?: string; db?: number; tls?: Record<string, never> };

/** User, password, database and TLS from the URL that may stand beside Sentinels or a cluster. */
export function readAccess(url: string | null): Access {
  if (url === null) return {};
  const parsed = new URL(url);
  const db = Number(parsed.pathname.slice(1));
  return {
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(Number.isInteger(db) && db > 0 ? { db } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** `host:port`, `host`, `[::1]:26379`. */
export function parseNode(node: string): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(node);
  const host = (match?.[1] ?? node).replace(/^\[|\]$/g, '');
  return { host, port: Number(match?.[2] ?? 6379) };
}
