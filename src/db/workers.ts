import type { Db } from './client.js';

/** A worker process as it last described itself. */
export type WorkerRow = {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  readonly version: string;
  readonly framesAnalyzed: number;
  readonly busyMs: number;
  readonly rssBytes: number;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
};

export type WorkerHeartbeat = Omit<WorkerRow, 'startedAt' | 'heartbeatAt'>;

/** Silent for longer means dead. */
export const WORKER_SILENCE_MS = 30_000;

export async function upsertWorkerHeartbeat(db: Db, worker: WorkerHeartbeat): Promise<void> {
  await db`
    insert into workers (id, host, pid, roles, version, frames_analyzed, busy_ms, rss_bytes)
    values (${worker.id}, ${worker.host}, ${worker.pid}, ${[...worker.roles]}::text[], ${worker.version},
      ${worker.framesAnalyzed}, ${Math.round(worker.busyMs)}, ${worker.rssBytes})
    on conflict (id) do update set
      roles = excluded.roles, frames_analyzed = excluded.frames_analyzed, busy_ms = excluded.busy_ms,
      rss_bytes = excluded.rss_bytes, heartbeat_at = now()`;
}

export async function deleteWorker(db: Db, id: string): Promise<void> {
  await db`delete from workers where workers.id = ${id}`;
}

export async function listLiveWorkers(db: Db, silenceMs: number = WORKER_SILENCE_MS): Promise<WorkerRow[]> {
  return db<WorkerRow[]>`
    select * from workers
    where workers.heartbeat_at > now() - ${silenceMs} * interval '1 millisecond'
    order by workers.host, workers.pid`;
}

/** Removes workers that died without a word; gives their ids. */
export async function deleteDeadWorkers(db: Db, silenceMs: number = 10 * WORKER_SILENCE_MS): Promise<string[]> {
  const rows = await db<{ id: string }[]>`
    delete from workers where workers.heartbeat_at <= now() - ${silenceMs} * interval '1 millisecond' returning workers.id`;
  return rows.map((row) => row.id);
}
