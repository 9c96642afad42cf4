import { FlowProducer, Queue, Worker } from 'bullmq';
import type { Config, RedisTarget } from '../config/config.js';
import { HivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { JobProcessor, JobQueue, JobWorker, QueueBackend, QueueInfo, WorkerSettings } from './backend.js';
import { queueOptions, workerOptions } from './bullmq-options.js';
import type { QueueName } from './definitions.js';
import { logQuietly } from './quiet-log.js';
import { createRedisClient, type RedisClient } from './redis-client.js';
import { readRedisInfo } from './redis-info.js';
import type { QueueTelemetry, Tracing } from './telemetry.js';

/** How long a start waits for the first connection before it goes on without. */
const FIRST_CONNECTION_MS = 3_000;

/**
 * BullMQ on Redis or Valkey: one server, Sentinel or Cluster. Two connections for the process (producers, workers) and
 * one blocking connection for each worker. Keys are `{prefix}:queue:…`; the hash tag keeps them in one cluster slot.
 */
export async function createRedisQueueBackend(
  target: RedisTarget,
  settings: Pick<Config['queue'], 'prefix'>,
  tracing: Tracing | undefined,
  log: Logger,
): Promise<QueueBackend> {
  const backend = new RedisQueueBackend(target, `{${settings.prefix}}`, tracing, log);
  await backend.firstConnection();
  return backend;
}

class RedisQueueBackend implements QueueBackend {
  readonly kind = 'redis';
  readonly #target: RedisTarget;
  readonly #prefix: string;
  readonly #tracing: Tracing | undefined;
  readonly #onError: (error: Error) => void;
  readonly #producerClient: RedisClient;
  #workerClient: RedisClient | undefined;

  constructor(target: RedisTarget, prefix: string, tracing: Tracing | undefined, log: Logger) {
    this.#target = target;
    this.#prefix = prefix;
    this.#tracing = tracing;
    this.#onError = logQuietly(log, 'queue connection error');
    this.#producerClient = this.#connect('producer');
  }

  async firstConnection(): Promise<void> {
    const deadlineMs = Date.now() + FIRST_CONNECTION_MS;
    while (this.#producerClient.status !== 'ready' && Date.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  createQueue(name: QueueName): JobQueue {
    const queue = new Queue<unknown, unknown>(name, { ...queueOptions(), ...this.#producerConnection() });
    queue.on('error', this.#onError);
    return queue;
  }

  createWorker(name: QueueName, processor: JobProcessor, settings: WorkerSettings): JobWorker {
    this.#workerClient ??= this.#connect('worker');
    return new Worker<unknown, unknown>(name, processor, {
      ...workerOptions(settings),
      ...this.#telemetryOption(),
      connection: this.#workerClient,
      prefix: this.#prefix,
    });
  }

  createFlowProducer(): FlowProducer {
    const flows = new FlowProducer(this.#producerConnection());
    flows.on('error', this.#onError);
    return flows;
  }

  async ping(): Promise<void> {
    try {
      await this.#producerClient.ping();
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async info(): Promise<QueueInfo> {
    try {
      return await readRedisInfo(this.#producerClient);
    } catch (cause) {
      if (cause instanceof HivisError) throw cause;
      throw unavailable(cause);
    }
  }

  async close(): Promise<void> {
    const clients = this.#workerClient ? [this.#producerClient, this.#workerClient] : [this.#producerClient];
    await Promise.all(clients.map(closeClient));
    await this.#tracing?.stop();
  }

  #connect(mode: 'worker' | 'producer'): RedisClient {
    const client = createRedisClient(this.#target, mode);
    client.on('error', this.#onError);
    return client;
  }

  /**
   * Without waiting for readiness and without BullMQ's own version check: both would leave a queue made while the server
   * is away unusable for ever. `info()` checks the version.
   */
  #producerConnection() {
    return {
      ...this.#telemetryOption(),
      connection: this.#producerClient,
      prefix: this.#prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    };
  }

  #telemetryOption(): { telemetry?: QueueTelemetry } {
    return this.#tracing === undefined ? {} : { telemetry: this.#tracing.telemetry };
  }
}

async function closeClient(client: RedisClient): Promise<void> {
  if (client.status !== 'ready') {
    client.disconnect();
    return;
  }
  await client.quit().catch(() => {
    client.disconnect();
  });
}

function unavailable(cause: unknown): HivisError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HivisError('queue_unavailable', `The queue server does not answer (${why}). Check REDIS_URL.`, {
    retryable: true,
    cause,
  });
}
