import { HivisError } from '../shared/errors.js';
import { notFound } from './analysis-errors.js';
import { ACTIVE_STATUSES, INGEST_STATUSES, type AnalysisRow, type StoredError } from './analysis-types.js';
import { inTransaction, type Db } from './client.js';
import { toJson } from './json.js';

/*
 * Every change of state is one statement: it happens only from the states that it may come from, in the run that the
 * caller works on and without a cancel request, and leaves an audit event. Whoever comes too late gets undefined.
 */

/** queued → downloading. Called again by an ingest job that starts over, it changes nothing. */
export async function beginIngest(db: Db, id: string, run: number): Promise<AnalysisRow | undefined> {
  const [row] = await db<AnalysisRow[]>`
    with before as (
      select analyses.id, analyses.status from analyses where analyses.id = ${id} for no key update
    ), moved as (
      update analyses set
        status = case when analyses.status = 'queued' then 'downloading' else analyses.status end,
        started_at = coalesce(analyses.started_at, now()),
        updated_at = now()
      from before
      where analyses.id = before.id and analyses.run = ${run}
        and analyses.status in ${db(INGEST_STATUSES)} and analyses.cancel_requested_at is null
      returning analyses.*
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select moved.id, 'downloading', jsonb_build_object('run', moved.run)
      from moved join before on before.id = moved.id where before.status = 'queued'
    )
    select * from moved`;
  return row;
}

/** Gives false when the download has become pointless: cancelled, another run, gone. */
export async function saveDownloadProgress(
  db: Db,
  id: string,
  run: number,
  bytesDone: number,
  bytesTotal: number | null,
): Promise<boolean> {
  const rows = await db`
    update analyses set bytes_done = ${bytesDone}, bytes_total = ${bytesTotal}, updated_at = now()
    where analyses.id = ${id} and analyses.run = ${run}
      and analyses.status = 'downloading' and analyses.cancel_requested_at is null
    returning analyses.id`;
  return rows.length > 0;
}

/**
 * analyzing → reporting, once every segment is done; again by a report job that starts over. Throws `invalid_state`
 * (retryable) while segments are open.
 */
export async function markReporting(db: Db, id: string, run: number): Promise<AnalysisRow | undefined> {
  const [row] = await db<(AnalysisRow & { openSegments: number })[]>`
    with before as (
      select analyses.id, analyses.status,
        (select count(*) from segments where segments.analysis_id = analyses.id and segments.status <> 'done') as open_segments
      from analyses where analyses.id = ${id} for no key update
    ), moved as (
      update analyses set status = 'reporting', updated_at = now()
      from before
      where analyses.id = before.id and analyses.run = ${run} and before.open_segments = 0
        and analyses.status in ('analyzing', 'reporting') and analyses.cancel_requested_at is null
      returning analyses.*
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select moved.id, 'reporting', jsonb_build_object('run', moved.run)
      from moved join before on before.id = moved.id where before.status <> 'reporting'
    )
    select * from moved`;
  if (row !== undefined) return row;
  const open = await countOpenSegments(db, id, run);
  if (open === 0) return undefined;
  throw new HivisError('invalid_state', `Analysis ${id} cannot be reported yet: ${open} segment(s) are not finished.`, {
    retryable: true,
    details: { openSegments: open },
  });
}

/** Open segments of an analysis that could otherwise be reported; 0 when it could not for another reason. */
async function countOpenSegments(db: Db, id: string, run: number): Promise<number> {
  const [row] = await db<{ open: number }[]>`
    select count(*) as open from segments join analyses on analyses.id = segments.analysis_id
    where analyses.id = ${id} and analyses.run = ${run} and analyses.status = 'analyzing'
      and analyses.cancel_requested_at is null and segments.status <> 'done'`;
  return row?.open ?? 0;
}

/**
 * The end of a successful analysis; part of the transaction that saves its report. Throws `cancelled` when a cancel
 * request came first and `fenced_out` when the analysis has left this run, so that the report is not kept either.
 */
export async function completeAnalysis(
  db: Db,
  id: string,
  run: number,
  status: 'completed' | 'completed_partial',
): Promise<AnalysisRow> {
  const [row] = await db<AnalysisRow[]>`
    with moved as (
      update analyses set status = ${status}, finished_at = now(), updated_at = now(), error = null
      where analyses.id = ${id} and analyses.run = ${run}
        and analyses.status = 'reporting' and analyses.cancel_requested_at is null
      returning *
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select moved.id, moved.status, jsonb_build_object('run', moved.run) from moved
    )
    select * from moved`;
  if (row !== undefined) return row;
  throw await explainRefusal(db, id, run);
}

async function explainRefusal(db: Db, id: string, run: number): Promise<HivisError> {
  const [row] = await db<AnalysisRow[]>`select * from analyses where analyses.id = ${id}`;
  if (row === undefined) return notFound(id);
  if (row.run === run && row.cancelRequestedAt !== null)
    return new HivisError('cancelled', `Analysis ${id} was cancelled.`);
  return new HivisError(
    'fenced_out',
    `Analysis ${id} is ${row.status} in run ${row.run}; run ${run} can no longer end it.`,
    {
      details: { status: row.status, run: row.run },
    },
  );
}

/** Any active state → failed. A cancel request that came first wins: undefined then. */
export async function failAnalysis(
  db: Db,
  id: string,
  run: number,
  error: StoredError,
): Promise<AnalysisRow | undefined> {
  const detail = { run, code: error.code, message: error.message };
  return inTransaction(db, async (tx) => {
    const [row] = await tx<AnalysisRow[]>`
      with moved as (
        update analyses set status = 'failed', error = ${tx.json(toJson(error))}, finished_at = now(), updated_at = now()
        where analyses.id = ${id} and analyses.run = ${run}
          and analyses.status in ${tx(ACTIVE_STATUSES)} and analyses.cancel_requested_at is null
        returning *
      ), audit as (
        insert into events (analysis_id, kind, detail) select moved.id, 'failed', ${tx.json(detail)} from moved
      )
      select * from moved`;
    if (row !== undefined) await fenceSegments(tx, id);
    return row;
  });
}

/**
 * Asks for the end of an active analysis. One that nobody has begun and that has no file is cancelled at once; for others
 * `cancelRequestedAt` is set, every write from now on is refused, and `finishCancel` ends it. An analysis that has ended
 * comes back as it is. Throws `analysis_not_found`.
 */
export async function requestCancel(db: Db, id: string): Promise<AnalysisRow> {
  const untouched = db`analyses.status = 'queued' and analyses.source_key is null`;
  const [row] = await db<AnalysisRow[]>`
    with moved as (
      update analyses set
        cancel_requested_at = now(),
        status = case when ${untouched} then 'cancelled' else analyses.status end,
        finished_at = case when ${untouched} then now() end,
        updated_at = now()
      where analyses.id = ${id} and analyses.status in ${db(ACTIVE_STATUSES)} and analyses.cancel_requested_at is null
      returning *
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select moved.id, kinds.kind, jsonb_build_object('run', moved.run)
      from moved cross join lateral unnest(
        case when moved.status = 'cancelled' then array['cancel_requested', 'cancelled'] else array['cancel_requested'] end
      ) as kinds (kind)
    )
    select * from moved`;
  if (row !== undefined) return row;
  const [current] = await db<AnalysisRow[]>`select * from analyses where analyses.id = ${id}`;
  if (current === undefined) throw notFound(id);
  return current;
}

/** Active with a cancel request → cancelled; undefined when there is nothing (left) to finish. */
export async function finishCancel(db: Db, id: string, run: number): Promise<AnalysisRow | undefined> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx<AnalysisRow[]>`
      with moved as (
        update analyses set status = 'cancelled', finished_at = now(), updated_at = now()
        where analyses.id = ${id} and analyses.run = ${run}
          and analyses.status in ${tx(ACTIVE_STATUSES)} and analyses.cancel_requested_at is not null
        returning *
      ), audit as (
        insert into events (analysis_id, kind, detail)
        select moved.id, 'cancelled', jsonb_build_object('run', moved.run) from moved
      )
      select * from moved`;
    if (row !== undefined) await fenceSegments(tx, id);
    return row;
  });
}

/** Segments that somebody still works on are taken from him: his commit will find another epoch. */
async function fenceSegments(db: Db, id: string): Promise<void> {
  await db`
    update segments set status = 'pending', epoch = segments.epoch + 1, worker_id = null
    where segments.analysis_id = ${id} and segments.status = 'running'`;
}
