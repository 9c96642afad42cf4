import { randomBytes } from 'node:crypto';
import type { Config } from '../../src/config/config.js';
import type { QueueBackend } from '../../src/queue/backend.js';
import { createQueueBackend } from '../../src/queue/connection.js';
import { createLogger } from '../../src/shared/logger.js';

export type QueueSettings = Pick<Config['queue'], 'redis' | 'prefix'>;

/** A namespace of its own on the Redis of the test run, or the queue in the test's database. */
export function testQueueSettings(redisUrl: string | null): QueueSettings {
  return {
    redis: redisUrl === null ? null : { kind: 'single', url: redisUrl },
    prefix: `test-${randomBytes(6).toString('hex')}`,
  };
}

export function openTestQueue(settings: QueueSettings, databaseUrl: string): Promise<QueueBackend> {
  const log = createLogger({ level: 'silent', name: 'test' });
  return createQueueBackend({ queue: settings, databaseUrl, otelEndpoint: null, serviceName: 'test', log });
}
