import os from 'node:os';
import type { Sql } from '../src/db/client.js';
import { addCounters } from '../src/db/counters.js';
import { deleteWorker, upsertWorkerHeartbeat } from '../src/db/workers.js';
import type { Logger } from '../src/shared/logger.js';
import { HIVIS_VERSION } from '../src/shared/version.js';
import type { HealthFile } from './health.js';
import type { Meters } from './meters.js';

const BEAT_MS = 5_000;

export type HeartbeatOptions = {
  readonly sql: Sql;
  readonly workerId: string;
  readonly roles: readonly string[];
  readonly meters: Meters;
  readonly healthFile: HealthFile;
  readonly log: Logger;
};

/** Tells the database (the API's screens and metrics) and the health check that this process lives, and what it did. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Rejects when the first beat fails. */
  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat()
        .catch((error: unknown) => this.#options.log.warn({ err: error }, 'heartbeat failed'))
        .finally(() => (this.#beating = undefined));
    }, BEAT_MS);
  }

  /** Takes the row back: this process is not missing, it has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#count().catch(() => undefined);
    await deleteWorker(this.#options.sql, this.#options.workerId).catch((error: unknown) =>
      this.#options.log.warn({ err: error }, 'worker row could not be removed'),
    );
    await this.#options.healthFile.remove();
  }

  #count(): Promise<void> {
    return this.#options.meters.report((amounts) => addCounters(this.#options.sql, amounts));
  }

  async #beat(): Promise<void> {
    const { sql, workerId, roles, meters, healthFile } = this.#options;
    await upsertWorkerHeartbeat(sql, {
      id: workerId,
      host: os.hostname(),
      pid: process.pid,
      roles,
      version: HIVIS_VERSION,
      rssBytes: process.memoryUsage.rss(),
      ...meters.read(),
    });
    await this.#count();
    // Only now: a worker that cannot reach the database does no work, however alive it is.
    await healthFile.touch();
  }
}
