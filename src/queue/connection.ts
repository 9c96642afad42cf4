import type { Config } from '../config/config.js';
import { HivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { QueueBackend } from './backend.js';
import { createPostgresQueueBackend } from './postgres-backend.js';
import { createRedisQueueBackend } from './redis-backend.js';
import { startTracing } from './telemetry.js';

export type BackendOptions = {
  readonly queue: Pick<Config['queue'], 'redis' | 'prefix'>;
  /** Used when no Redis is configured. */
  readonly databaseUrl: string | null;
  readonly otelEndpoint: string | null;
  readonly serviceName: string;
  readonly log: Logger;
};

/** The only place that knows whether the queue lives in Postgres or in Redis. */
export async function createQueueBackend(options: BackendOptions): Promise<QueueBackend> {
  const tracing = await startTracing(options.otelEndpoint, options.serviceName);
  const { redis } = options.queue;
  if (redis !== null) return createRedisQueueBackend(redis, options.queue, tracing, options.log);
  return createPostgresQueueBackend(requireUrl(options.databaseUrl), tracing, options.log);
}

function requireUrl(databaseUrl: string | null): string {
  if (databaseUrl !== null) return databaseUrl;
  throw new HivisError('config_invalid', 'The queue needs REDIS_URL or DATABASE_URL.');
}
