import type { Rules } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import type { StoredError } from './analysis-types.js';
import type { NewEvidence } from './assessment-results.js';
import type { AssessmentClaim, AssessmentRow } from './assessment-types.js';
import type { Db } from './client.js';
import { toJson } from './json.js';
import type { ClaimLimits } from './segments.js';

export * from './assessment-types.js';
export { saveAssessment, type NewEvidence, type SavedAssessment } from './assessment-results.js';

function columns(db: Db) {
  return db`assessments.id, assessments.analysis_id, assessments.is_default, assessments.rules, assessments.status,
    assessments.epoch, assessments.attempts, assessments.summary, assessments.error, assessments.created_at,
    assessments.finished_at`;
}

/** A re-score of a finished analysis (the default assessment is made by `savePlan`). */
export async function insertAssessment(
  db: Db,
  assessment: { readonly id: string; readonly analysisId: string; readonly rules: Rules },
): Promise<AssessmentRow> {
  const [row] = await db<[AssessmentRow]>`
    with created as (
      insert into assessments (id, analysis_id, is_default, rules)
      values (${assessment.id}, ${assessment.analysisId}, false, ${db.json(toJson(assessment.rules))})
      returning ${columns(db)}
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select created.analysis_id, 'assessment_requested', jsonb_build_object('assessmentId', created.id) from created
    )
    select * from created`;
  return row;
}

export async function findAssessment(db: Db, id: string): Promise<AssessmentRow | undefined> {
  const [row] = await db<AssessmentRow[]>`select ${columns(db)} from assessments where assessments.id = ${id}`;
  return row;
}

/** Throws `assessment_not_found`, also when it belongs to another analysis than the one named. */
export async function getAssessment(db: Db, id: string, analysisId?: string): Promise<AssessmentRow> {
  const row = await findAssessment(db, id);
  if (row === undefined || (analysisId !== undefined && row.analysisId !== analysisId))
    throw new HivisError('assessment_not_found', `There is no assessment ${id} here.`);
  return row;
}

/** undefined before the analysis is planned. */
export async function findDefaultAssessment(db: Db, analysisId: string): Promise<AssessmentRow | undefined> {
  const [row] = await db<AssessmentRow[]>`
    select ${columns(db)} from assessments
    where assessments.analysis_id = ${analysisId} and assessments.is_default`;
  return row;
}

/** The default one first, then by age. */
export async function listAssessments(db: Db, analysisId: string): Promise<AssessmentRow[]> {
  return db<AssessmentRow[]>`
    select ${columns(db)} from assessments where assessments.analysis_id = ${analysisId}
    order by assessments.is_default desc, assessments.created_at, assessments.id`;
}

/**
 * Takes an assessment for one attempt, also from a worker that has been silent for `takeOverAfterMs` (default: at once);
 * the new epoch shuts that one out. The default assessment needs an analysis that is being reported, a re-score a
 * finished one.
 */
export async function claimAssessment(db: Db, id: string, limits: ClaimLimits): Promise<AssessmentClaim> {
  const [assessment] = await db<AssessmentRow[]>`
    update assessments set
      status = 'running', epoch = assessments.epoch + 1, attempts = assessments.attempts + 1, heartbeat_at = now()
    from analyses
    where assessments.id = ${id} and assessments.status in ('pending', 'running')
      and assessments.attempts < ${limits.maxAttempts} and not ${isHeld(db, limits)}
      and analyses.id = assessments.analysis_id and ${isReady(db)}
    returning ${columns(db)}`;
  if (assessment !== undefined)
    return { kind: 'claimed', assessment, epoch: assessment.epoch, attempt: assessment.attempts };
  return explainClaim(db, id, limits);
}

type ClaimFacts = Pick<AssessmentRow, 'status' | 'attempts' | 'error'> & { isReady: boolean; isHeld: boolean };

async function explainClaim(db: Db, id: string, limits: ClaimLimits): Promise<AssessmentClaim> {
  const [row] = await db<ClaimFacts[]>`
    select assessments.status, assessments.attempts, assessments.error, ${isReady(db)} as is_ready,
      ${isHeld(db, limits)} as is_held
    from assessments join analyses on analyses.id = assessments.analysis_id where assessments.id = ${id}`;
  if (row?.status === 'completed') return { kind: 'done' };
  if (row?.isReady !== true) return { kind: 'inactive' };
  // Also when it became free since the first look: the job that comes back finds out.
  if (row.isHeld || (row.status !== 'failed' && row.attempts < limits.maxAttempts)) return { kind: 'held' };
  await db`
    update assessments set status = 'failed', finished_at = now()
    where assessments.id = ${id} and assessments.status in ('pending', 'running')
      and assessments.attempts >= ${limits.maxAttempts}`;
  return { kind: 'exhausted', attempts: row.attempts, error: row.error };
}

/** Somebody works on it and has said so a moment ago. */
function isHeld(db: Db, { takeOverAfterMs = 0 }: ClaimLimits) {
  // Not left to the clock: stored times are rounded to milliseconds, so a heartbeat may lie a little ahead of it.
  if (takeOverAfterMs === 0) return db`false`;
  return db`coalesce(assessments.status = 'running'
    and assessments.heartbeat_at > clock_timestamp() - ${takeOverAfterMs} * interval '1 millisecond', false)`;
}

/** Says that the claim lives. False: another claim came in between. */
export async function heartbeatAssessment(db: Db, id: string, epoch: number): Promise<boolean> {
  const rows = await db`
    update assessments set heartbeat_at = now()
    where assessments.id = ${id} and assessments.epoch = ${epoch} and assessments.status = 'running'
    returning assessments.id`;
  return rows.length > 0;
}

/** Hands an unfinished assessment back (a worker that shuts down); the attempt does not count. */
export async function releaseAssessment(db: Db, id: string, epoch: number): Promise<boolean> {
  const rows = await db`
    update assessments set status = 'pending', attempts = greatest(0, assessments.attempts - 1)
    where assessments.id = ${id} and assessments.epoch = ${epoch} and assessments.status = 'running'
    returning assessments.id`;
  return rows.length > 0;
}

function isReady(db: Db) {
  return db`(case when assessments.is_default
    then analyses.status in ('analyzing', 'reporting') and analyses.cancel_requested_at is null
    else analyses.status in ('completed', 'completed_partial') end)`;
}

/** Ends an attempt with an error; with `final` there will be no other. False: another claim came in between. */
export async function failAssessment(
  db: Db,
  id: string,
  epoch: number,
  error: StoredError,
  options: { readonly final: boolean },
): Promise<boolean> {
  const rows = await db`
    update assessments set
      status = ${options.final ? 'failed' : 'pending'}, error = ${db.json(toJson(error))},
      finished_at = case when ${options.final} then now() end
    where assessments.id = ${id} and assessments.epoch = ${epoch} and assessments.status = 'running'
    returning assessments.id`;
  return rows.length > 0;
}

/** The exact bytes of report.json; undefined until the assessment is completed. */
export async function getReport(db: Db, assessmentId: string): Promise<string | undefined> {
  const [row] = await db<{ report: string | null }[]>`
    select assessments.report from assessments
    where assessments.id = ${assessmentId} and assessments.status = 'completed'`;
  return row?.report ?? undefined;
}

export type EvidenceRow = NewEvidence & { readonly assessmentId: string };

export async function findEvidence(
  db: Db,
  assessmentId: string,
  violationNumber: number,
): Promise<EvidenceRow | undefined> {
  const [row] = await db<EvidenceRow[]>`
    select * from evidence
    where evidence.assessment_id = ${assessmentId} and evidence.violation_number = ${violationNumber}`;
  return row;
}

/** Stored pictures of an analysis, of whichever assessment, by what they show (`pictureKey`). */
export async function findPictures(
  db: Db,
  analysisId: string,
  pictureKeys: readonly string[],
): Promise<Map<string, EvidenceRow>> {
  const rows = await db<EvidenceRow[]>`
    select distinct on (evidence.picture_key) evidence.*
    from evidence join assessments on assessments.id = evidence.assessment_id
    where assessments.analysis_id = ${analysisId} and evidence.picture_key = any(${[...pictureKeys]}::text[])
    order by evidence.picture_key, evidence.storage_key`;
  return new Map(rows.map((row) => [row.pictureKey, row]));
}

export async function listEvidence(db: Db, assessmentId: string): Promise<EvidenceRow[]> {
  return db<EvidenceRow[]>`
    select * from evidence where evidence.assessment_id = ${assessmentId} order by evidence.violation_number`;
}
