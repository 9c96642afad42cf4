import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../src/db/client.js';
import { listen, type Listener } from '../src/db/listen.js';
import { listPendingCancels } from '../src/db/reconcile.js';
import { listStillActive } from '../src/db/still-active.js';
import { HivisError } from '../src/shared/errors.js';
import type { Logger } from '../src/shared/logger.js';

/** The running job of an analysis: `signal` is aborted when its work has become pointless. */
export type Watch = { readonly signal: AbortSignal; release(): void };

export interface Cancellations {
  watch(analysisId: string, run: number): Watch;
}

/** How long the worker at work has to stop and clear up before any other worker ends the analysis. */
const HEAD_START_MS = 750;

type Watched = { readonly analysisId: string; readonly run: number; readonly controller: AbortController };

export type CancellationOptions = {
  readonly sql: Sql;
  readonly log: Logger;
  readonly pollMs?: number;
  /** Ends a cancelled analysis. Called by every worker; must do nothing when another was faster. */
  readonly settle: (analysisId: string, run: number) => Promise<void>;
};

/**
 * Carries cancel requests from the database to the jobs of this process: at once by NOTIFY, and by asking every second,
 * because notifications are lost with the connection. What is not cancelled but failed, retried or deleted is
 * stopped in the same way.
 */
export class CancellationWatch implements Cancellations {
  readonly #options: CancellationOptions;
  readonly #watched = new Set<Watched>();
  readonly #stopping = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  #listener: Listener | undefined;
  #poller: Promise<void> | undefined;

  constructor(options: CancellationOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#listener = await listen(this.#options.sql, 'hivis_cancel', (analysisId) => this.#onNotice(analysisId));
    this.#poller = this.#poll();
  }

  watch(analysisId: string, run: number): Watch {
    const watched: Watched = { analysisId, run, controller: new AbortController() };
    this.#watched.add(watched);
    return { signal: watched.controller.signal, release: () => this.#watched.delete(watched) };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#listener?.close();
    await Promise.allSettled([this.#poller, ...this.#tasks]);
  }

  #onNotice(analysisId: string): void {
    for (const watched of this.#watched) if (watched.analysisId === analysisId) stopJob(watched);
    // The poll does the rest; this only makes it prompt.
    const task = this.#sleep(HEAD_START_MS)
      .then(() => this.#settleRequested())
      .catch((error: unknown) => this.#warn(error))
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#sleep(this.#options.pollMs ?? 1_000);
      try {
        await this.#stopPointlessJobs();
        await this.#settleRequested();
      } catch (error) {
        this.#warn(error);
      }
    }
  }

  async #stopPointlessJobs(): Promise<void> {
    // Taken before the question is asked: a job that begins meanwhile is none of its business.
    const asked = [...this.#watched];
    if (asked.length === 0) return;
    const active = await listStillActive(
      this.#options.sql,
      asked.map((watched) => watched.analysisId),
    );
    const running = new Set(active.map((analysis) => `${analysis.id} ${analysis.run}`));
    for (const watched of asked) if (!running.has(`${watched.analysisId} ${watched.run}`)) stopJob(watched);
  }

  async #settleRequested(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const overdue = await listPendingCancels(this.#options.sql, { olderThanMs: HEAD_START_MS, silenceMs: 0 });
    for (const request of overdue) await this.#options.settle(request.id, request.run);
  }

  async #sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }

  #warn(error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#options.log.warn({ err: error }, 'cancel requests could not be read');
  }
}

function stopJob(watched: Watched): void {
  watched.controller.abort(new HivisError('cancelled', `Analysis ${watched.analysisId} needs no more work.`));
}
