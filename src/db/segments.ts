import type { StoredError } from './analysis-types.js';
import { inTransaction, type Db, type Tx } from './client.js';
import { insertDetections } from './detection-writes.js';
import type { FrameDetections } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import { toJson } from './json.js';

export type SegmentStatus = 'pending' | 'running' | 'done' | 'failed';

export type SegmentRow = {
  readonly analysisId: string;
  readonly segmentIndex: number;
  readonly run: number;
  /** Half open range of the frame index. */
  readonly frameLo: number;
  readonly frameHi: number;
  readonly firstSampledFrame: number;
  readonly sampledCount: number;
  readonly status: SegmentStatus;
  readonly epoch: number;
  readonly attempts: number;
  readonly workerId: string | null;
  readonly framesDone: number;
  readonly decodeMs: number | null;
  readonly inferenceMs: number | null;
  readonly error: StoredError | null;
  readonly claimedAt: Date | null;
  readonly heartbeatAt: Date | null;
  readonly finishedAt: Date | null;
};

/** Which segment, and in which run of its analysis. */
export type SegmentKey = { readonly analysisId: string; readonly run: number; readonly segmentIndex: number };

export type ClaimLimits = {
  readonly maxAttempts: number;
  /** For how long its holder must have been silent, in milliseconds; 0 (the default) takes it at once. */
  readonly takeOverAfterMs?: number;
};

export type SegmentClaim =
  | { readonly kind: 'claimed'; readonly segment: SegmentRow; readonly epoch: number; readonly attempt: number }
  | { readonly kind: 'done' }
  /** Another worker is at it and alive, though its job was given to us: come back later. */
  | { readonly kind: 'held' }
  /** The analysis was cancelled, failed, retried or deleted: nothing to do. */
  | { readonly kind: 'inactive' }
  /** It crashed or failed too often; `error` is the last one that was told, null when every attempt just died. */
  | { readonly kind: 'exhausted'; readonly attempts: number; readonly error: StoredError | null };

export async function insertSegments(
  db: Db,
  analysisId: string,
  run: number,
  segments: readonly {
    readonly segmentIndex: number;
    readonly frameLo: number;
    readonly frameHi: number;
    readonly firstSampledFrame: number;
    readonly sampledCount: number;
  }[],
): Promise<void> {
  await db`
    insert into segments (analysis_id, run, segment_index, frame_lo, frame_hi, first_sampled_frame, sampled_count)
    select ${analysisId}, ${run}, planned.*
    from unnest(
      ${segments.map((segment) => segment.segmentIndex)}::integer[], ${segments.map((segment) => segment.frameLo)}::integer[],
      ${segments.map((segment) => segment.frameHi)}::integer[],
      ${segments.map((segment) => segment.firstSampledFrame)}::integer[],
      ${segments.map((segment) => segment.sampledCount)}::integer[]
    ) as planned`;
}

/**
 * Takes a segment for one attempt, also from a worker that has been silent for `takeOverAfterMs` (default: at once) and
 * may still be at it: the new epoch shuts that one out. A claim counts as an attempt until it is handed back, so that a
 * segment which kills its process is not tried for ever.
 */
export async function claimSegment(
  db: Db,
  claim: SegmentKey & ClaimLimits & { readonly workerId: string },
): Promise<SegmentClaim> {
  const [segment] = await db<SegmentRow[]>`
    update segments set
      status = 'running', epoch = segments.epoch + 1, attempts = segments.attempts + 1,
      worker_id = ${claim.workerId}, claimed_at = now(), heartbeat_at = now()
    from analyses
    where segments.analysis_id = ${claim.analysisId} and segments.segment_index = ${claim.segmentIndex}
      and segments.run = ${claim.run} and segments.status in ('pending', 'running')
      and segments.attempts < ${claim.maxAttempts} and not ${isHeld(db, claim)}
      and analyses.id = segments.analysis_id and analyses.run = ${claim.run}
      and analyses.status = 'analyzing' and analyses.cancel_requested_at is null
    returning segments.*`;
  if (segment !== undefined) return { kind: 'claimed', segment, epoch: segment.epoch, attempt: segment.attempts };
  return explainClaim(db, claim);
}

/** Somebody works on it and has said so a moment ago. */
function isHeld(db: Db, { takeOverAfterMs = 0 }: ClaimLimits) {
  // Not left to the clock: stored times are rounded to milliseconds, so a heartbeat may lie a little ahead of it.
  if (takeOverAfterMs === 0) return db`false`;
  return db`coalesce(segments.status = 'running'
    and segments.heartbeat_at > clock_timestamp() - ${takeOverAfterMs} * interval '1 millisecond', false)`;
}

async function explainClaim(db: Db, claim: SegmentKey & ClaimLimits): Promise<SegmentClaim> {
  const [row] = await db<
    (Pick<SegmentRow, 'status' | 'attempts' | 'error'> & { isActive: boolean; isHeld: boolean })[]
  >`
    select segments.status, segments.attempts, segments.error, ${isHeld(db, claim)} as is_held,
      segments.run = ${claim.run} and analyses.run = ${claim.run}
        and analyses.status = 'analyzing' and analyses.cancel_requested_at is null as is_active
    from segments join analyses on analyses.id = segments.analysis_id
    where segments.analysis_id = ${claim.analysisId} and segments.segment_index = ${claim.segmentIndex}`;
  if (row?.isActive !== true) return { kind: 'inactive' };
  if (row.status === 'done') return { kind: 'done' };
  // Also when it became free since the first look: the job that comes back finds out.
  if (row.isHeld || (row.attempts < claim.maxAttempts && row.status !== 'failed')) return { kind: 'held' };
  await db`
    update segments set status = 'failed', finished_at = now()
    where segments.analysis_id = ${claim.analysisId} and segments.segment_index = ${claim.segmentIndex}
      and segments.run = ${claim.run} and segments.status in ('pending', 'running')
      and segments.attempts >= ${claim.maxAttempts}`;
  return { kind: 'exhausted', attempts: row.attempts, error: row.error };
}

/**
 * Says that the claim lives and how far it is. `cancelled`: the analysis needs no more work; `fenced`: somebody else
 * has the segment. Both mean: stop, write nothing.
 */
export async function heartbeatSegment(
  db: Db,
  key: SegmentKey,
  epoch: number,
  framesDone: number,
): Promise<'ok' | 'fenced' | 'cancelled'> {
  // Progress that was shown once is not taken back by a second attempt.
  const [row] = await db<{ isHeld: boolean; isActive: boolean }[]>`
    with beat as (
      update segments set
        heartbeat_at = now(),
        frames_done = greatest(segments.frames_done, least(${framesDone}, segments.sampled_count))
      where segments.analysis_id = ${key.analysisId} and segments.segment_index = ${key.segmentIndex}
        and segments.run = ${key.run} and segments.epoch = ${epoch} and segments.status = 'running'
      returning segments.segment_index
    )
    select exists (select from beat) as is_held,
      analyses.status = 'analyzing' and analyses.cancel_requested_at is null as is_active
    from analyses where analyses.id = ${key.analysisId} and analyses.run = ${key.run}`;
  if (row?.isActive !== true) return 'cancelled';
  return row.isHeld ? 'ok' : 'fenced';
}

export type SegmentResult = {
  /** Every frame that was decoded, in order, also those without detections. */
  readonly frames: readonly FrameDetections[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
};

/**
 * Writes what a segment found and marks it done, all or nothing. Throws `fenced_out` when another claim came after
 * `epoch` (or the analysis is gone) and `cancelled` when the analysis needs no more work. A second call after a lost
 * answer finds its own work done and is content.
 */
export async function commitSegment(db: Db, key: SegmentKey, epoch: number, result: SegmentResult): Promise<void> {
  await inTransaction(db, async (tx) => {
    const segment = await lockForCommit(tx, key, epoch);
    if (segment.status === 'done') return;
    checkFrames(segment, result.frames);
    await tx`
      delete from detections
      where detections.analysis_id = ${key.analysisId}
        and detections.frame_index >= ${segment.frameLo} and detections.frame_index < ${segment.frameHi}`;
    await tx`
      delete from sampled_frames
      where sampled_frames.analysis_id = ${key.analysisId} and sampled_frames.segment_index = ${key.segmentIndex}`;
    await insertDetections(tx, key, result.frames);
    await tx`
      update segments set
        status = 'done', frames_done = ${result.frames.length}, decode_ms = ${Math.round(result.decodeMs)},
        inference_ms = ${Math.round(result.inferenceMs)}, error = null, finished_at = now(), heartbeat_at = now()
      where segments.analysis_id = ${key.analysisId} and segments.segment_index = ${key.segmentIndex}`;
  });
}

async function lockForCommit(tx: Tx, key: SegmentKey, epoch: number): Promise<SegmentRow> {
  const [row] = await tx<(SegmentRow & { analysisIsActive: boolean })[]>`
    select segments.*, analyses.status = 'analyzing' and analyses.cancel_requested_at is null as analysis_is_active
    from segments join analyses on analyses.id = segments.analysis_id
    where segments.analysis_id = ${key.analysisId} and segments.segment_index = ${key.segmentIndex}
    for update of segments`;
  if (row?.run === key.run && !row.analysisIsActive)
    throw new HivisError(
      'cancelled',
      `Analysis ${key.analysisId} needs no more work; segment ${key.segmentIndex} was not written.`,
    );
  if (row?.run !== key.run || row.epoch !== epoch || (row.status !== 'running' && row.status !== 'done'))
    throw new HivisError(
      'fenced_out',
      `Segment ${key.segmentIndex} of analysis ${key.analysisId} was given to another worker; this late result was not written.`,
      {
        details: { ...key, epoch, currentEpoch: row?.epoch ?? null, currentRun: row?.run ?? null },
      },
    );
  return row;
}

function checkFrames(segment: SegmentRow, frames: readonly FrameDetections[]): void {
  let previous = segment.frameLo - 1;
  for (const { frameIndex } of frames) {
    if (frameIndex <= previous || frameIndex >= segment.frameHi)
      throw new HivisError('internal', `Frame ${frameIndex} does not belong to segment ${segment.segmentIndex} here.`, {
        details: { frameIndex, frameLo: segment.frameLo, frameHi: segment.frameHi },
      });
    previous = frameIndex;
  }
}

/** Hands an unfinished segment back (a worker that shuts down); the attempt does not count. False: no longer ours. */
export async function releaseSegment(db: Db, key: SegmentKey, epoch: number): Promise<boolean> {
  const rows = await db`
    update segments set status = 'pending', attempts = greatest(0, segments.attempts - 1), worker_id = null
    where segments.analysis_id = ${key.analysisId} and segments.segment_index = ${key.segmentIndex}
      and segments.run = ${key.run} and segments.epoch = ${epoch} and segments.status = 'running'
    returning segments.segment_index`;
  return rows.length > 0;
}

/** Ends an attempt with an error; the segment waits for its next one. False: no longer ours. */
export async function recordSegmentError(db: Db, key: SegmentKey, epoch: number, error: StoredError): Promise<boolean> {
  const rows = await db`
    update segments set status = 'pending', error = ${db.json(toJson(error))}, worker_id = null
    where segments.analysis_id = ${key.analysisId} and segments.segment_index = ${key.segmentIndex}
      and segments.run = ${key.run} and segments.epoch = ${epoch} and segments.status = 'running'
    returning segments.segment_index`;
  return rows.length > 0;
}

export async function listSegments(db: Db, analysisId: string): Promise<SegmentRow[]> {
  return db<SegmentRow[]>`
    select * from segments where segments.analysis_id = ${analysisId} order by segments.segment_index`;
}

export async function listOpenSegmentIndexes(db: Db, analysisId: string): Promise<number[]> {
  const rows = await db<{ segmentIndex: number }[]>`
    select segments.segment_index from segments
    where segments.analysis_id = ${analysisId} and segments.status <> 'done' order by segments.segment_index`;
  return rows.map((row) => row.segmentIndex);
}

export type SegmentCounts = { readonly total: number; readonly done: number; readonly framesDone: number };

export async function countSegments(db: Db, analysisId: string): Promise<SegmentCounts> {
  const [row] = await db<[SegmentCounts]>`
    select count(*) as total, count(*) filter (where segments.status = 'done') as done,
      coalesce(sum(segments.frames_done), 0)::bigint as frames_done
    from segments where segments.analysis_id = ${analysisId}`;
  return row;
}
