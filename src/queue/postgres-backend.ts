import { createPostgresBackend, runMigrations, withBackend, type FlowProducer, type PgPool } from 'bullmq';
import pg from 'pg';
import { HivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import {
  clockSkewWarnings,
  type JobProcessor,
  type JobQueue,
  type JobWorker,
  type QueueBackend,
  type QueueInfo,
  type WorkerSettings,
} from './backend.js';
import { queueOptions, workerOptions } from './bullmq-options.js';
import { QUEUE_NAMES, type QueueName } from './definitions.js';
import { logQuietly } from './quiet-log.js';
import type { QueueTelemetry, Tracing } from './telemetry.js';

/** The queue's own namespace in the database of hivis. A pool of ours always means this schema to BullMQ. */
const QUEUE_SCHEMA = 'bullmq';
const classes = withBackend(createPostgresBackend);

/** Creates or updates the queue's tables. Safe to call from many processes at once; a no-op when all is current. */
async function migratePostgresQueue(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'hivis-migrate' });
  await client.connect();
  try {
    await runMigrations(client, QUEUE_SCHEMA);
  } finally {
    await client.end();
  }
}

/**
 * BullMQ on Postgres with one pool for all queues of the process: every worker keeps one connection for LISTEN and the
 * others are shared, instead of two or three per queue and worker.
 */
export async function createPostgresQueueBackend(
  databaseUrl: string,
  tracing: Tracing | undefined,
  log: Logger,
): Promise<QueueBackend> {
  try {
    await migratePostgresQueue(databaseUrl);
  } catch (cause) {
    throw unavailable(cause);
  }
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'hivis-queue',
    max: QUEUE_NAMES.length + 4,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: `-c search_path=${QUEUE_SCHEMA}`,
  });
  // Every queue and worker listens for errors of the shared pool.
  pool.setMaxListeners(64);
  const onError = logQuietly(log, 'queue connection error');
  pool.on('error', onError);
  return new PostgresQueueBackend(pool, tracing, onError);
}

class PostgresQueueBackend implements QueueBackend {
  readonly kind = 'postgres';
  readonly #pool: pg.Pool;
  readonly #tracing: Tracing | undefined;
  readonly #onError: (error: Error) => void;

  constructor(pool: pg.Pool, tracing: Tracing | undefined, onError: (error: Error) => void) {
    this.#pool = pool;
    this.#tracing = tracing;
    this.#onError = onError;
  }

  createQueue(name: QueueName): JobQueue {
    const queue = new classes.Queue(name, { ...queueOptions(), ...this.#connection() });
    queue.on('error', this.#onError);
    return queue as unknown as JobQueue;
  }

  createWorker(name: QueueName, processor: JobProcessor, settings: WorkerSettings): JobWorker {
    const worker = new classes.Worker(name, processor, { ...workerOptions(settings), ...this.#connection() });
    return worker as unknown as JobWorker;
  }

  createFlowProducer(): FlowProducer {
    const flows = new classes.FlowProducer(this.#connection());
    flows.on('error', this.#onError);
    return flows as unknown as FlowProducer;
  }

  async ping(): Promise<void> {
    try {
      await this.#pool.query('select 1');
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async info(): Promise<QueueInfo> {
    try {
      const sentAtMs = Date.now();
      const { rows } = await this.#pool.query<{ version: string; now_ms: string }>(
        `select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now_ms`,
      );
      const clockSkewMs = Number(rows[0]?.now_ms) - (sentAtMs + Date.now()) / 2;
      return {
        kind: 'postgres',
        server: 'postgres',
        version: rows[0]?.version ?? 'unknown',
        clockSkewMs,
        warnings: clockSkewWarnings('Postgres', clockSkewMs),
      };
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
    await this.#tracing?.stop();
  }

  #connection(): { connection: PgPool; telemetry?: QueueTelemetry } {
    // BullMQ describes what it needs of a pool by a type of its own that `pg.Pool` fits in all but the letter.
    const connection = this.#pool as unknown as PgPool;
    return { connection, ...(this.#tracing === undefined ? {} : { telemetry: this.#tracing.telemetry }) };
  }
}

function unavailable(cause: unknown): HivisError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HivisError('queue_unavailable', `The queue's Postgres does not answer (${why}). Check DATABASE_URL.`, {
    retryable: true,
    cause,
  });
}
