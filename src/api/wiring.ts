import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config.js';
import { createSql, pingDatabase, type Sql } from '../db/client.js';
import { listen as listenForNotifications } from '../db/listen.js';
import { checkSchema } from '../db/migrate.js';
import type { QueueBackend } from '../queue/backend.js';
import { createQueueBackend } from '../queue/connection.js';
import { createProducer } from '../queue/producer.js';
import { HivisError } from '../shared/errors.js';
import { createLogger, type Logger } from '../shared/logger.js';
import { findPackageRoot } from '../shared/package-root.js';
import { createStorage } from '../storage/create-storage.js';
import { findAnalysisView } from './analysis-view.js';
import { BULL_BOARD_PATH, createApp } from './app.js';
import { isLoopback } from './auth.js';
import { createBullBoardRouter } from './bull-board.js';
import { createChangeHub } from './change-hub.js';
import type { ApiContext } from './context.js';
import { createHttpServer } from './http-server.js';
import { createMetrics } from './metrics.js';
import { loadModelCatalog } from './models.js';
import { createQuoteSource } from './quotes.js';
import { createReadiness } from './readiness.js';
import { buildRoutes } from './routes.js';
import { createEventStreams } from './sse.js';

export type ApiOverrides = {
  readonly log?: Logger;
  /** Where Vite put the page. */
  readonly webDir?: string;
  readonly migrationsDir?: string;
  /** How long a dry run waits for a worker. */
  readonly quoteWaitMs?: number;
};

export type Api = {
  readonly context: ApiContext;
  readonly server: Server;
  /** Returns the address that it really listens on. Throws `port_taken`. */
  listen(): Promise<string>;
  /** Stops listening, ends event streams, then closes queue and database. */
  stop(): Promise<void>;
};

/** The composition root of the API process. Throws when the database or the models cannot be used. */
export async function wireApi(config: Config, overrides: ApiOverrides = {}): Promise<Api> {
  const log = overrides.log ?? createLogger({ level: config.logLevel, name: 'api' });
  const databaseUrl = requireDatabase(config);
  const migrationsDir = overrides.migrationsDir ?? packagePath('migrations/');
  const models = await loadModelCatalog(config.models);
  const sql = createSql(databaseUrl, { max: config.database.poolSize, applicationName: 'hivis-api' });
  const backend = await openQueue(config, databaseUrl, sql, migrationsDir, log);
  const storage = createStorage(config.storage);
  const producer = createProducer(backend);
  const hub = createChangeHub({ load: (id) => findAnalysisView(sql, id), log });
  const onReconnect = (): void => hub.recheck();
  const notifications = await listenForNotifications(sql, 'hivis_analysis', (id) => hub.notify(id), { onReconnect });
  const streams = createEventStreams();
  const quotes = createQuoteSource({ sql, producer, ...optionalWait(overrides.quoteWaitMs) });
  const context: ApiContext = { config, sql, producer, storage, models, hub, streams, quotes, log };
  const metrics = createMetrics({ sql, producer, log });
  const readiness = createReadiness({
    database: () => pingDatabase(sql),
    schema: () => checkSchema(sql, migrationsDir),
    queue: () => backend.ping(),
    storage: () => storage.check(),
  });
  const app = createApp({
    routes: buildRoutes(context, { metrics, readiness }),
    bullBoard: createBullBoardRouter(producer.queues.values(), BULL_BOARD_PATH),
    registry: metrics.registry,
    log,
    apiKeys: config.auth.apiKeys,
    isOpenOnLoopback: config.auth.apiKeys.length === 0 && isLoopback(config.http.host),
    publicUrl: config.http.publicUrl,
    trustedProxies: config.http.trustedProxies,
    webDir: overrides.webDir ?? packagePath('dist/web/'),
  });
  warnWhenOpen(config, log);
  const http = createHttpServer(app);
  return {
    context,
    server: http.server,
    listen: () => http.listen(config.http),
    stop: async () => {
      const closed = http.close();
      streams.closeAll();
      hub.close();
      await closed;
      await notifications.close();
      await producer.close();
      await backend.close();
      await sql.end({ timeout: 5 });
    },
  };
}

function requireDatabase(config: Config): string {
  if (config.database.url !== null) return config.database.url;
  throw new HivisError(
    'config_invalid',
    'DATABASE_URL is not set. Name a Postgres server, or start everything with its own one: npm start.',
  );
}

/** In this order, so that a database that is away or too new is named as such and not as a broken queue. */
async function openQueue(
  config: Config,
  databaseUrl: string,
  sql: Sql,
  migrationsDir: string,
  log: Logger,
): Promise<QueueBackend> {
  try {
    await pingDatabase(sql);
    await checkSchema(sql, migrationsDir);
    const { queue, otelEndpoint } = config;
    return await createQueueBackend({ queue, databaseUrl, otelEndpoint, serviceName: 'hivis-api', log });
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

function warnWhenOpen(config: Config, log: Logger): void {
  if (config.auth.apiKeys.length > 0 || isLoopback(config.http.host)) return;
  log.warn(
    { host: config.http.host },
    'the API is open to everybody who reaches this address: set API_KEYS, or keep it behind something that asks who is there',
  );
}

function packagePath(relative: string): string {
  return fileURLToPath(new URL(relative, findPackageRoot()));
}

function optionalWait(waitMs: number | undefined): { waitMs?: number } {
  return waitMs === undefined ? {} : { waitMs };
}
