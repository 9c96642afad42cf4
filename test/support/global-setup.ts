import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { createSql } from '../../src/db/client.js';
import { migrate } from '../../src/db/migrate.js';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { createLogger } from '../../src/shared/logger.js';
import { startLeftoverGuard } from './leftover-guard.js';
import { asAdmin, databaseUrl, MIGRATIONS_DIR, TEMPLATE_DATABASE } from './postgres.js';
import { hasRedisServer, startTestRedis } from './redis.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Server of the test run; `createTestDatabase` makes databases on it. */
    postgresUrl: string;
    /** null: redis-server is not installed here. */
    redisUrl: string | null;
  }
}

/** Nothing here has to survive a power cut. */
const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** One Postgres with a migrated template database and one Redis for all integration and e2e tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hivis-test-'));
  const guard = startLeftoverGuard(folder);
  const stops: (() => Promise<void>)[] = [];
  const teardown = async (): Promise<void> => {
    await Promise.allSettled(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
    guard.dismiss();
  };
  try {
    const logger = createLogger({ level: 'silent', name: 'test' });
    const postgres = await startEmbeddedPostgres({ dataDir: folder, logger, settings: FAST_SETTINGS });
    stops.push(() => postgres.stop());
    guard.watch(postgres.pid);
    await createTemplate(postgres.url, logger);
    project.provide('postgresUrl', postgres.url);
    const redis = hasRedisServer() ? await startTestRedis({ folder: path.join(folder, 'redis') }) : null;
    if (redis !== null) {
      stops.push(() => redis.stop());
      guard.watch(redis.pid);
    }
    project.provide('redisUrl', redis?.url ?? null);
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

async function createTemplate(serverUrl: string, logger: ReturnType<typeof createLogger>): Promise<void> {
  await asAdmin(serverUrl, (admin) => admin`create database ${admin(TEMPLATE_DATABASE)}`);
  const sql = createSql(databaseUrl(serverUrl, TEMPLATE_DATABASE), { max: 1, applicationName: 'hivis-test-template' });
  try {
    await migrate(sql, MIGRATIONS_DIR, logger);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
