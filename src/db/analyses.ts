import { HivisError } from '../shared/errors.js';
import { notFound } from './analysis-errors.js';
import { ACTIVE_STATUSES, type AnalysisRow, type NewAnalysis } from './analysis-types.js';
import type { Db } from './client.js';
import { toJson } from './json.js';

export * from './analysis-types.js';
export { savePlan, saveSource, type AnalysisPlan, type SavedPlan } from './analysis-plan.js';
export { deleteAnalysis } from './analysis-removal.js';
export { retryAnalysis } from './analysis-retry.js';
export {
  beginIngest,
  completeAnalysis,
  failAnalysis,
  finishCancel,
  markReporting,
  requestCancel,
  saveDownloadProgress,
} from './analysis-transitions.js';

/** How often an insert is tried again when the row that was in its way has just been deleted. */
const INSERT_ATTEMPTS = 5;
/** A text with a NUL character, which Postgres cannot hold. */
const NUL_ERRORS = new Set(['22021', '22P05']);

/**
 * Creates an analysis. With an idempotency key that was used before, gives the row of then (`created: false`), or throws
 * `idempotency_conflict` when that was for another request. Any number of calls at once make one row.
 */
export async function insertAnalysis(
  db: Db,
  analysis: NewAnalysis,
): Promise<{ readonly row: AnalysisRow; readonly created: boolean }> {
  for (let attempt = 0; attempt < INSERT_ATTEMPTS; attempt += 1) {
    const row = await tryInsert(db, analysis);
    if (row !== undefined) return { row, created: true };
    const existing = await findByIdempotencyKey(db, analysis);
    if (existing === undefined) continue;
    if (existing.requestHash === (analysis.requestHash ?? null)) return { row: existing, created: false };
    throw new HivisError(
      'idempotency_conflict',
      'This Idempotency-Key was used for another request. Use a new key for a new request, or repeat the first one unchanged.',
      { details: { analysisId: existing.id } },
    );
  }
  throw new HivisError('internal', 'The analysis could not be stored: its idempotency key keeps changing hands.', {
    retryable: true,
  });
}

async function tryInsert(db: Db, analysis: NewAnalysis): Promise<AnalysisRow | undefined> {
  try {
    const [row] = await db<AnalysisRow[]>`
      with created as (
        insert into analyses (id, name, tag, video_url, upload_id, settings, priority, recorded_at, callback_url,
          api_key_id, idempotency_key, request_hash, created_at)
        values (${analysis.id}, ${analysis.name}, ${analysis.tag ?? null}, ${analysis.videoUrl ?? null},
          ${analysis.uploadId ?? null}, ${db.json(toJson(analysis.settings))}, ${analysis.priority ?? 'normal'},
          ${analysis.recordedAt ?? null}, ${analysis.callbackUrl ?? null}, ${analysis.apiKeyId ?? null},
          ${analysis.idempotencyKey ?? null}, ${analysis.requestHash ?? null},
          coalesce(${analysis.createdAt ?? null}::timestamptz, now()))
        on conflict (coalesce(api_key_id, ''), idempotency_key) where idempotency_key is not null do nothing
        returning *
      ), audit as (
        insert into events (analysis_id, kind) select created.id, 'created' from created
      )
      select * from created`;
    return row;
  } catch (error) {
    if (error instanceof Error && 'code' in error && NUL_ERRORS.has(String(error.code)))
      throw new HivisError('invalid_request', 'The request holds a NUL character (\\u0000). Remove it.', {
        cause: error,
      });
    throw error;
  }
}

async function findByIdempotencyKey(db: Db, analysis: NewAnalysis): Promise<AnalysisRow | undefined> {
  const [row] = await db<AnalysisRow[]>`
    select * from analyses
    where coalesce(analyses.api_key_id, '') = ${analysis.apiKeyId ?? ''}
      and analyses.idempotency_key = ${analysis.idempotencyKey ?? null}`;
  return row;
}

export async function findAnalysis(db: Db, id: string): Promise<AnalysisRow | undefined> {
  const [row] = await db<AnalysisRow[]>`select * from analyses where analyses.id = ${id}`;
  return row;
}

/** Throws `analysis_not_found`. */
export async function getAnalysis(db: Db, id: string): Promise<AnalysisRow> {
  const row = await findAnalysis(db, id);
  if (row === undefined) throw notFound(id);
  return row;
}

/** Unfinished analyses of an API key; null: those that came without one. */
export async function countActive(db: Db, apiKeyId: string | null): Promise<number> {
  const [row] = await db<{ count: number }[]>`
    select count(*) from analyses
    where analyses.api_key_id is not distinct from ${apiKeyId}
      and analyses.status in ${db(ACTIVE_STATUSES)}`;
  return row?.count ?? 0;
}

/** Whether another analysis than `exceptId` uses the stored file, which then must not be deleted. */
export async function isSourceShared(db: Db, sourceKey: string, exceptId: string): Promise<boolean> {
  const rows = await db`
    select from analyses where analyses.source_key = ${sourceKey} and analyses.id <> ${exceptId} limit 1`;
  return rows.length > 0;
}
