import { HivisError } from '../shared/errors.js';
import { clockSkewWarnings, type QueueInfo } from './backend.js';
import type { RedisClient } from './redis-client.js';

const OLDEST_REDIS = [6, 2] as const;

/** Asks the server who it is. Throws `queue_unavailable` (not retryable) for a Redis older than 6.2. */
export async function readRedisInfo(client: RedisClient): Promise<QueueInfo> {
  const fields = parseInfo(await client.info());
  const sentAtMs = Date.now();
  const [seconds, microseconds] = await client.time();
  const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  const clockSkewMs = serverMs - (sentAtMs + Date.now()) / 2;
  return describeServer(fields, clockSkewMs);
}

export function describeServer(fields: ReadonlyMap<string, string>, clockSkewMs: number): QueueInfo {
  const valkey = fields.get('valkey_version');
  const server = valkey === undefined ? 'redis' : 'valkey';
  const version = valkey ?? fields.get('redis_version') ?? 'unknown';
  if (server === 'redis' && isOlder(version))
    throw new HivisError(
      'queue_unavailable',
      `Redis ${version} is too old. hivis needs Redis ${OLDEST_REDIS.join('.')} or newer, or Valkey.`,
      { details: { version } },
    );
  return {
    kind: 'redis',
    server,
    version,
    clockSkewMs,
    warnings: [...memoryWarnings(fields), ...clockSkewWarnings(server, clockSkewMs)],
  };
}

function memoryWarnings(fields: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  const policy = fields.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    warnings.push(
      `maxmemory-policy is ${policy}: the server may drop jobs when memory is short. Set it to noeviction.`,
    );
  if (fields.get('aof_enabled') === '0')
    warnings.push(
      'appendonly is off: a restart of the server empties the queue. The reconciler rebuilds it; set appendonly yes to avoid the delay.',
    );
  return warnings;
}

export function parseInfo(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1]);
}
