import { ACTIVE_STATUSES, type AnalysisStatus, type Priority } from './analysis-types.js';
import { createSqlLike, type Db, type Sql } from './client.js';
import { decodeTimeCursor, encodeCursor } from './cursor.js';

/** Any number that nothing else in the database locks on. */
const RECONCILER_LOCK_KEY = 0x72656300;

/**
 * Runs `work` unless another process is at it; false then. The lock has a connection of its own, so that `work` never
 * waits for one that the lock holds, and goes with that connection, whatever happens.
 */
export async function withReconcilerLock(sql: Sql, work: () => Promise<void>): Promise<boolean> {
  const own = createSqlLike(sql, { max: 1 });
  try {
    return await own.begin(async (tx) => {
      const [row] = await tx<[{ locked: boolean }]>`select pg_try_advisory_xact_lock(${RECONCILER_LOCK_KEY}) as locked`;
      if (row.locked) await work();
      return row.locked;
    });
  } finally {
    await own.end({ timeout: 5 });
  }
}

/** An unfinished analysis and what the queue should hold for it. */
export type ActiveAnalysis = {
  readonly id: string;
  readonly run: number;
  readonly status: AnalysisStatus;
  readonly priority: Priority;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly cancelRequestedAt: Date | null;
  /** Not done, in order; empty before it is planned. */
  readonly openSegmentIndexes: readonly number[];
  /** Of these, the ones that somebody works on, with a heartbeat not older than `silenceMs`. */
  readonly liveSegmentIndexes: readonly number[];
  /** The default assessment; null before it is planned. */
  readonly assessmentId: string | null;
};

/** Unfinished analyses by age, page by page: the reconciler compares them with the queue. */
export async function listActiveAnalyses(
  db: Db,
  page: { readonly cursor?: string; readonly limit: number; readonly silenceMs: number },
): Promise<{ readonly items: ActiveAnalysis[]; readonly nextCursor: string | null }> {
  const after = page.cursor === undefined ? { time: new Date(0), id: '' } : decodeTimeCursor(page.cursor);
  const items = await db<ActiveAnalysis[]>`
    select analyses.id, analyses.run, analyses.status, analyses.priority, analyses.created_at, analyses.updated_at,
      analyses.cancel_requested_at, assessments.id as assessment_id,
      open.indexes as open_segment_indexes, open.live as live_segment_indexes
    from analyses
      left join assessments on assessments.analysis_id = analyses.id and assessments.is_default
      cross join lateral (
        select coalesce(array_agg(segments.segment_index order by segments.segment_index), '{}') as indexes,
          coalesce(array_agg(segments.segment_index order by segments.segment_index) filter (where
            segments.status = 'running' and segments.heartbeat_at > now() - ${page.silenceMs} * interval '1 millisecond'
          ), '{}') as live
        from segments where segments.analysis_id = analyses.id and segments.status <> 'done'
      ) as open
    where analyses.status in ${db(ACTIVE_STATUSES)}
      and (analyses.created_at, analyses.id) > (${after.time}, ${after.id})
    order by analyses.created_at, analyses.id
    limit ${page.limit}`;
  const last = items.at(-1);
  const more = items.length === page.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.createdAt.getTime(), last.id]) : null };
}

/** Running segments whose worker has been silent for longer. */
export type StuckSegment = {
  readonly analysisId: string;
  readonly run: number;
  readonly segmentIndex: number;
  readonly workerId: string | null;
  readonly attempts: number;
  readonly heartbeatAt: Date;
};

export async function listStuckSegments(db: Db, silenceMs: number, limit: number): Promise<StuckSegment[]> {
  return db<StuckSegment[]>`
    select segments.analysis_id, segments.run, segments.segment_index, segments.worker_id, segments.attempts,
      segments.heartbeat_at
    from segments join analyses on analyses.id = segments.analysis_id and analyses.run = segments.run
    where segments.status = 'running' and analyses.status = 'analyzing'
      and segments.heartbeat_at < now() - ${silenceMs} * interval '1 millisecond'
    order by segments.heartbeat_at limit ${limit}`;
}

/** Re-scores that are not finished though their analysis is. */
export type OpenAssessment = {
  readonly id: string;
  readonly analysisId: string;
  readonly run: number;
  readonly priority: Priority;
  readonly createdAt: Date;
};

export async function listOpenAssessments(db: Db, limit: number): Promise<OpenAssessment[]> {
  return db<OpenAssessment[]>`
    select assessments.id, assessments.analysis_id, analyses.run, analyses.priority, assessments.created_at
    from assessments join analyses on analyses.id = assessments.analysis_id
    where assessments.status in ('pending', 'running') and not assessments.is_default
      and analyses.status in ('completed', 'completed_partial')
    order by assessments.created_at limit ${limit}`;
}

/** Cancel requests that nobody has carried out for longer than `olderThanMs`. */
export type PendingCancel = {
  readonly id: string;
  readonly run: number;
  readonly status: AnalysisStatus;
  readonly cancelRequestedAt: Date;
  /** Segments that somebody still holds, with a heartbeat not older than `silenceMs`. */
  readonly liveSegments: number;
};

export async function listPendingCancels(
  db: Db,
  options: { readonly olderThanMs: number; readonly silenceMs: number },
): Promise<PendingCancel[]> {
  return db<PendingCancel[]>`
    select analyses.id, analyses.run, analyses.status, analyses.cancel_requested_at,
      (select count(*) from segments
        where segments.analysis_id = analyses.id and segments.status = 'running'
          and segments.heartbeat_at > now() - ${options.silenceMs} * interval '1 millisecond') as live_segments
    from analyses
    where analyses.status in ${db(ACTIVE_STATUSES)}
      and analyses.cancel_requested_at <= now() - ${options.olderThanMs} * interval '1 millisecond'
    order by analyses.cancel_requested_at`;
}

/** Segments of an analysis that somebody still holds. 0: a cancelled analysis can be cleaned up. */
export async function countLiveSegments(db: Db, analysisId: string, silenceMs: number): Promise<number> {
  const [row] = await db<[{ count: number }]>`
    select count(*) from segments
    where segments.analysis_id = ${analysisId} and segments.status = 'running'
      and segments.heartbeat_at > now() - ${silenceMs} * interval '1 millisecond'`;
  return row.count;
}

/** Every id under which the queue may hold something for an analysis. */
export type AnalysisJobIds = {
  readonly analysisId: string;
  readonly run: number;
  readonly assessmentIds: readonly string[];
  readonly segmentIndexes: readonly number[];
  readonly deliveryIds: readonly string[];
};

export async function findAnalysisJobIds(db: Db, analysisId: string): Promise<AnalysisJobIds | undefined> {
  const [row] = await db<AnalysisJobIds[]>`
    select analyses.id as analysis_id, analyses.run,
      array(select assessments.id from assessments where assessments.analysis_id = analyses.id) as assessment_ids,
      array(select segments.segment_index from segments where segments.analysis_id = analyses.id order by 1) as segment_indexes,
      array(select deliveries.id from deliveries where deliveries.analysis_id = analyses.id) as delivery_ids
    from analyses where analyses.id = ${analysisId}`;
  return row;
}

export type RetentionCandidate = { readonly id: string; readonly finishedAt: Date; readonly sizeBytes: number };

/** Finished analyses that have to go: finished before `finishedBefore`, oldest first. */
export async function listExpiredAnalyses(db: Db, finishedBefore: Date, limit: number): Promise<RetentionCandidate[]> {
  return db<RetentionCandidate[]>`
    select analyses.id, analyses.finished_at, ${sizeBytes(db)} as size_bytes
    from analyses
    where analyses.finished_at < ${finishedBefore} and analyses.status not in ${db(ACTIVE_STATUSES)}
    order by analyses.finished_at limit ${limit}`;
}

/** The oldest finished analyses without which the files of all the others fit into `maxBytes`. */
export async function listAnalysesOverSize(db: Db, maxBytes: number, limit: number): Promise<RetentionCandidate[]> {
  return db<RetentionCandidate[]>`
    with sized as (
      select analyses.id, analyses.finished_at, analyses.status, ${sizeBytes(db)} as size_bytes from analyses
    ), ranked as (
      select sized.*,
        sum(sized.size_bytes) over (order by (sized.status in ${db(ACTIVE_STATUSES)}) desc, sized.finished_at desc, sized.id desc)
          as newer_bytes
      from sized
    )
    select ranked.id, ranked.finished_at, ranked.size_bytes from ranked
    where ranked.newer_bytes > ${maxBytes} and ranked.status not in ${db(ACTIVE_STATUSES)}
    order by ranked.finished_at, ranked.id limit ${limit}`;
}

function sizeBytes(db: Db) {
  return db`(coalesce(analyses.source_size_bytes, 0) + coalesce((
    select sum(file.size_bytes) from (
      select distinct evidence.storage_key, evidence.size_bytes from evidence
      join assessments on assessments.id = evidence.assessment_id where assessments.analysis_id = analyses.id
    ) file
  ), 0))::bigint`;
}

/** Ended analyses with a callback of whose end nobody was told. */
export type UntoldAnalysis = { readonly id: string; readonly run: number; readonly status: AnalysisStatus };

export async function listUntoldAnalyses(db: Db, limit: number): Promise<UntoldAnalysis[]> {
  return db<UntoldAnalysis[]>`
    select analyses.id, analyses.run, analyses.status from analyses
    where analyses.callback_url is not null and analyses.status not in ${db(ACTIVE_STATUSES)}
      and not exists (select from deliveries where deliveries.analysis_id = analyses.id
        and deliveries.created_at >= analyses.finished_at)
    order by analyses.finished_at limit ${limit}`;
}
