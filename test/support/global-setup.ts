import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { createSql } from '../../src/db/client.js';
import { migrate } from '../../src/db/migrate.js';
import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.js';
import { createLogger } from '../../src/shared/logger.js';
import { startLeftoverGuard, type LeftoverGuard } from './leftover-guard.js';
import { asAdmin, databaseUrl, MIGRATIONS_DIR } from './postgres.js';
import { hasRedisServer, startTestRedis } from './redis.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Server of the test run; `createTestDatabase` makes databases on it. */
    postgresUrl: string;
    /** Migrated, never connected to: what test databases are copied from. */
    templateDatabase: string;
    /** null: redis-server is not installed here. */
    redisUrl: string | null;
  }
}

const logger = createLogger({ level: 'silent', name: 'test' });
/** Nothing here has to survive a power cut. */
const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * One Postgres with a migrated template database and one Redis for all integration and e2e tests. A CI that has its own
 * servers names them in HIVIS_TEST_DATABASE_URL (a superuser) and HIVIS_TEST_REDIS_URL.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hivis-test-'));
  const guard = startLeftoverGuard(folder);
  const stops: Stops = [];
  const teardown = async (): Promise<void> => {
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => console.warn(error));
    await rm(folder, { recursive: true, force: true });
    guard.dismiss();
  };
  try {
    const serverUrl = await startPostgres(folder, guard, stops);
    const template = `hivis_template_${randomBytes(4).toString('hex')}`;
    stops.push(() => asAdmin(serverUrl, (admin) => admin`drop database if exists ${admin(template)}`));
    await createTemplate(serverUrl, template);
    project.provide('postgresUrl', serverUrl);
    project.provide('templateDatabase', template);
    project.provide('redisUrl', await startRedis(folder, guard, stops));
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

type Stops = (() => Promise<void>)[];

async function startPostgres(folder: string, guard: LeftoverGuard, stops: Stops): Promise<string> {
  const given = process.env['HIVIS_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const postgres = await startEmbeddedPostgres({ dataDir: folder, logger, settings: FAST_SETTINGS });
  stops.push(() => postgres.stop());
  guard.watch(postgres.pid);
  return postgres.url;
}

async function startRedis(folder: string, guard: LeftoverGuard, stops: Stops): Promise<string | null> {
  const given = process.env['HIVIS_TEST_REDIS_URL'];
  if (given !== undefined && given !== '') return given;
  if (!hasRedisServer()) return null;
  const redis = await startTestRedis({ folder: path.join(folder, 'redis') });
  stops.push(() => redis.stop());
  guard.watch(redis.pid);
  return redis.url;
}

async function createTemplate(serverUrl: string, name: string): Promise<void> {
  await asAdmin(serverUrl, (admin) => admin`create database ${admin(name)}`);
  const sql = createSql(databaseUrl(serverUrl, name), { max: 1, applicationName: 'hivis-test-template' });
  try {
    await migrate(sql, MIGRATIONS_DIR, logger);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
