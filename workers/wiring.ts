import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../src/config/config.js';
import { createSql, pingDatabase, type Sql } from '../src/db/client.js';
import { getOrCreateMeta } from '../src/db/meta.js';
import { checkSchema } from '../src/db/migrate.js';
import { findMediaTools } from '../src/media/tools.js';
import type { QueueBackend } from '../src/queue/backend.js';
import { createQueueBackend } from '../src/queue/connection.js';
import { createConsumer, type QueueHandlers } from '../src/queue/consumer.js';
import { createProducer } from '../src/queue/producer.js';
import { HivisError } from '../src/shared/errors.js';
import type { Logger } from '../src/shared/logger.js';
import { findPackageRoot } from '../src/shared/package-root.js';
import { createSourceCache } from '../src/storage/source-cache.js';
import { createStorage } from '../src/storage/create-storage.js';
import { CancellationWatch } from './cancellations.js';
import { createDeliveryHandler } from './delivery-job.js';
import type { JobDeps } from './deps.js';
import { endCancelled } from './finish-analysis.js';
import { createHealthFile } from './health.js';
import { Heartbeat } from './heartbeat.js';
import { createIngestHandler } from './ingest-job.js';
import { Meters } from './meters.js';
import { loadModels } from './models.js';
import { createQuoteHandler } from './quote-job.js';
import { createReconcileHandler } from './reconcile-job.js';
import { createReportHandler } from './report-job.js';
import { ReconcilerClock } from './reconciler-clock.js';
import { createSegmentHandler } from './segment-job.js';
import { createWebhookSecret } from './webhook-signature.js';
import { createWorkFolders } from './work-folders.js';

export interface WorkerProcess {
  readonly workerId: string;
  /** Lets running jobs finish within `graceMs`, hands the others back, and closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** Composition root of a worker process. Resolves when jobs are being taken; throws when it cannot work. */
export async function startWorkerProcess(config: Config, log: Logger): Promise<WorkerProcess> {
  const closers: (() => Promise<void>)[] = [];
  try {
    return await wire(config, log, closers);
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

async function wire(config: Config, log: Logger, closers: (() => Promise<void>)[]): Promise<WorkerProcess> {
  const workerId = `${os.hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const sql = await openDatabase(config, closers);
  const backend = await openQueue(config, log, closers);
  const producer = createProducer(backend);
  closers.push(() => producer.close());
  const storage = createStorage(config.storage);
  const { cacheDir, cacheMaxBytes: maxBytes } = config.storage;
  const models = await loadModels(config.models);
  closers.push(() => models.close());
  const finishing = { sql, producer, storage, config, log };
  const cancellations = new CancellationWatch({
    sql,
    log,
    settle: async (id, run) => {
      await endCancelled(finishing, { id, run });
    },
  });
  const deps: JobDeps = {
    ...{ config, sql, producer, storage, models, cancellations, workerId, log },
    sourceCache: createSourceCache(storage, { cacheDir, maxBytes }),
    tools: await findMediaTools(config.ffmpeg),
    workFolders: createWorkFolders(path.join(config.dataDir, 'work')),
    meters: new Meters(),
  };
  await deps.workFolders.sweep();
  // Not ready before the model is: a bad one must stop the start, not the first job.
  if (config.worker.roles.includes('segment')) await models.detector(models.defaultId);
  await cancellations.start();
  closers.push(() => cancellations.stop());
  const clock = new ReconcilerClock(producer, config.queue.reconcileIntervalMs, log);
  const consumer = createConsumer({
    ...{ backend, log, workerName: workerId, lockDurationMs: config.queue.lockDurationMs },
    handlers: await createHandlers(deps),
  });
  const healthFile = createHealthFile(config.dataDir);
  const heartbeat = new Heartbeat({
    ...{ sql, workerId, log, healthFile },
    meters: deps.meters,
    roles: config.worker.roles,
  });
  await heartbeat.start();
  closers.push(() => heartbeat.stop());
  clock.start();
  consumer.start();
  return {
    workerId,
    stop: async (graceMs) => {
      clock.stop();
      // Jobs first, while everything they need is open; then queue, then database.
      await consumer.stop(graceMs);
      await closeAll(closers, log);
    },
  };
}

async function openDatabase(config: Config, closers: (() => Promise<void>)[]): Promise<Sql> {
  const { url, poolSize } = config.database;
  if (url === null) throw new HivisError('config_invalid', 'A worker needs DATABASE_URL.');
  const sql = createSql(url, { max: poolSize, applicationName: 'hivis-worker' });
  closers.push(() => sql.end({ timeout: 5 }));
  await pingDatabase(sql);
  await checkSchema(sql, fileURLToPath(new URL('migrations', findPackageRoot())));
  return sql;
}

async function openQueue(config: Config, log: Logger, closers: (() => Promise<void>)[]): Promise<QueueBackend> {
  const backend = await createQueueBackend({
    ...{ queue: config.queue, databaseUrl: config.database.url, otelEndpoint: config.otelEndpoint, log },
    serviceName: 'hivis-worker',
  });
  closers.push(() => backend.close());
  const info = await backend.info();
  log.info({ server: info.server, version: info.version }, 'queue connected');
  for (const warning of info.warnings) log.warn(warning);
  return backend;
}

/** Roles → queues. The reconciler runs on whoever gets its job. */
async function createHandlers(deps: JobDeps): Promise<QueueHandlers> {
  const { roles } = deps.config.worker;
  const secret = await webhookSecret(deps);
  return {
    ...(roles.includes('ingest') ? { ingest: createIngestHandler(deps), quotes: createQuoteHandler(deps) } : {}),
    ...(roles.includes('segment') ? { segments: createSegmentHandler(deps) } : {}),
    ...(roles.includes('report')
      ? { reports: createReportHandler(deps), deliveries: createDeliveryHandler({ ...deps, webhookSecret: secret }) }
      : {}),
    maintenance: createReconcileHandler(deps),
  };
}

async function webhookSecret(deps: JobDeps): Promise<string> {
  return deps.config.auth.webhookSecret ?? getOrCreateMeta(deps.sql, 'webhook_secret', createWebhookSecret);
}

/** In the opposite order of opening; one that fails does not keep the others open. */
async function closeAll(closers: readonly (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const close of closers.toReversed())
    await close().catch((error: unknown) => log.warn({ err: error }, 'something could not be closed'));
}
