import { ACTIVE_STATUSES, type AnalysisRow, type AnalysisStatus } from './analysis-types.js';
import type { AssessmentStatus, AssessmentSummary } from './assessment-types.js';
import type { Db } from './client.js';
import { decodeTimeCursor, encodeCursor } from './cursor.js';

/** An analysis as screens show it: its row, how far its segments are and what its default assessment says. */
export type AnalysisScreen = AnalysisRow & {
  /** null before the analysis is planned. */
  readonly segmentsTotal: number | null;
  readonly segmentsDone: number;
  readonly framesDone: number;
  /** Sampled frames per second in this run, all workers together; null when nothing was measured yet. */
  readonly framesPerSecond: number | null;
  readonly assessmentId: string | null;
  readonly assessmentStatus: AssessmentStatus | null;
  readonly summary: AssessmentSummary | null;
};

export type AnalysisFilter = {
  readonly status?: AnalysisStatus | readonly AnalysisStatus[];
  /** Exactly this tag. */
  readonly tag?: string;
  /** Part of the name, file name or tag, in any case. */
  readonly search?: string;
  readonly cursor?: string;
  readonly limit: number;
};

/** Newest first. Throws `invalid_request` for a foreign cursor. */
export async function listAnalyses(
  db: Db,
  filter: AnalysisFilter,
): Promise<{ readonly items: AnalysisScreen[]; readonly nextCursor: string | null }> {
  const rows = await db<AnalysisScreen[]>`
    select page.*, ${screenColumns(db)}
    from (
      select * from analyses where ${conditions(db, filter)}
      order by analyses.created_at desc, analyses.id desc
      limit ${filter.limit + 1}
    ) as page ${screenJoins(db)}
    order by page.created_at desc, page.id desc`;
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  const more = rows.length > filter.limit && last !== undefined;
  return { items, nextCursor: more ? encodeCursor([last.createdAt.getTime(), last.id]) : null };
}

export async function getAnalysisScreen(db: Db, id: string): Promise<AnalysisScreen | undefined> {
  const [row] = await db<AnalysisScreen[]>`
    select page.*, ${screenColumns(db)}
    from (select * from analyses where analyses.id = ${id}) as page ${screenJoins(db)}`;
  return row;
}

function conditions(db: Db, filter: AnalysisFilter) {
  const statuses = filter.status === undefined ? undefined : [filter.status].flat();
  const pattern = filter.search === undefined ? undefined : `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
  return db`true
    ${statuses === undefined ? db`` : db`and analyses.status in ${db(statuses)}`}
    ${filter.tag === undefined ? db`` : db`and analyses.tag = ${filter.tag}`}
    ${
      pattern === undefined
        ? db``
        : db`and (analyses.name ilike ${pattern} or analyses.source_file_name ilike ${pattern} or analyses.tag ilike ${pattern})`
    }
    ${filter.cursor === undefined ? db`` : after(db, filter.cursor)}`;
}

function after(db: Db, cursor: string) {
  const { time, id } = decodeTimeCursor(cursor);
  return db`and (analyses.created_at, analyses.id) < (${time}, ${id})`;
}

function screenColumns(db: Db) {
  return db`
    case when page.model is null then null else counts.total end as segments_total,
    counts.done as segments_done, counts.frames_done,
    counts.run_frames_done / nullif(extract(epoch from coalesce(
      case when page.status = 'analyzing' then now() end, counts.last_finished) - counts.first_claimed), 0)::float8
      as frames_per_second,
    assessments.id as assessment_id, assessments.status as assessment_status, assessments.summary`;
}

/** Segments that an earlier run finished count as done, but say nothing about the speed of this one. */
function screenJoins(db: Db) {
  return db`
    left join assessments on assessments.analysis_id = page.id and assessments.is_default
    cross join lateral (
      select count(*) as total, count(*) filter (where segments.status = 'done') as done,
        coalesce(sum(segments.frames_done), 0)::bigint as frames_done,
        nullif(sum(segments.frames_done) filter (where segments.claimed_at >= page.started_at), 0)::float8 as run_frames_done,
        min(segments.claimed_at) filter (where segments.claimed_at >= page.started_at) as first_claimed,
        max(segments.finished_at) as last_finished
      from segments where segments.analysis_id = page.id
    ) as counts`;
}

export type Stats = {
  /** Only states that occur. */
  readonly analyses: Readonly<Partial<Record<AnalysisStatus, number>>>;
  readonly workers: number;
};

export async function getStats(db: Db): Promise<Stats> {
  const [counts, [live]] = await Promise.all([
    db<
      { status: AnalysisStatus; count: number }[]
    >`select analyses.status, count(*) from analyses group by analyses.status`,
    db<{ count: number }[]>`select count(*) from workers where workers.heartbeat_at > now() - interval '30 seconds'`,
  ]);
  return {
    analyses: Object.fromEntries(counts.map((row) => [row.status, row.count])),
    workers: live?.count ?? 0,
  };
}

export type Capacity = {
  readonly workers: number;
  readonly activeAnalyses: number;
  /** Video that still waits, of the analyses whose length is known. */
  readonly backlogVideoMs: number;
  readonly analysesWithUnknownLength: number;
  /** Over the last 10 minutes, as long as something ran; null when nothing did. */
  readonly throughputVideoSecondsPerSecond: number | null;
};

export async function getCapacity(db: Db): Promise<Capacity> {
  const [[backlog], [throughput], stats] = await Promise.all([
    db<[{ activeAnalyses: number; backlogVideoMs: number; analysesWithUnknownLength: number }]>`
      select count(*) as active_analyses,
        coalesce(sum((analyses.source_probe->>'durationMs')::float8
          * (1 - counts.frames_done / greatest(1, analyses.frames_sampled)::float8)), 0)::bigint as backlog_video_ms,
        count(*) filter (where analyses.source_probe is null) as analyses_with_unknown_length
      from analyses cross join lateral (
        select coalesce(sum(segments.frames_done), 0)::float8 as frames_done
        from segments where segments.analysis_id = analyses.id
      ) as counts
      where analyses.status in ${db(ACTIVE_STATUSES)}`,
    db<[{ rate: number | null }]>`
      select sum((analyses.source_probe->>'durationMs')::float8 * segments.sampled_count / greatest(1, analyses.frames_sampled))
        / 1000 / nullif(extract(epoch from max(segments.finished_at) - min(segments.claimed_at)), 0)::float8 as rate
      from segments join analyses on analyses.id = segments.analysis_id
      where segments.status = 'done' and segments.finished_at > now() - interval '10 minutes'`,
    getStats(db),
  ]);
  return { ...backlog, workers: stats.workers, throughputVideoSecondsPerSecond: throughput.rate };
}

/** Milliseconds that decoding and detecting one frame took here lately; undefined before anything was measured. */
export async function measureFrameCost(
  db: Db,
  { modelId, imageSize }: { readonly modelId: string; readonly imageSize: number },
): Promise<number | undefined> {
  const [row] = await db<[{ cost: number | null }]>`
    select sum(recent.spent_ms)::float8 / nullif(sum(recent.frames_done), 0) as cost
    from (
      select segments.decode_ms + segments.inference_ms as spent_ms, segments.frames_done
      from segments join analyses on analyses.id = segments.analysis_id
      where segments.status = 'done' and segments.finished_at > now() - interval '7 days'
        and analyses.model->>'id' = ${modelId} and (analyses.settings->>'imageSize')::integer = ${imageSize}
      order by segments.finished_at desc limit 1000
    ) as recent`;
  return row.cost ?? undefined;
}
