import type { AssessmentResult } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import type { AssessmentSummary } from './assessment-types.js';
import { inTransaction, type Db, type Tx } from './client.js';
import { toJson } from './json.js';

export type NewEvidence = {
  readonly violationNumber: number;
  /** May belong to an earlier assessment of the same analysis that shows the same. */
  readonly storageKey: string;
  /** Hash of everything that the picture shows. */
  readonly pictureKey: string;
  readonly frameIndex: number;
  readonly ptsMs: number;
  readonly sizeBytes: number;
  readonly sha256: string;
};

export type SavedAssessment = {
  readonly result: AssessmentResult;
  /** The exact bytes of report.json. */
  readonly report: string;
  readonly summary: AssessmentSummary;
  readonly evidence: readonly NewEvidence[];
};

/**
 * Writes the whole of an assessment in place of whatever an earlier attempt wrote. Throws `fenced_out` when another
 * claim came after `epoch` or the assessment is gone; a second call after a lost answer is content.
 */
export async function saveAssessment(db: Db, id: string, epoch: number, saved: SavedAssessment): Promise<void> {
  await inTransaction(db, async (tx) => {
    if ((await lockForSave(tx, id, epoch)) === 'completed') return;
    await tx`delete from violations where violations.assessment_id = ${id}`;
    await tx`delete from tracks where tracks.assessment_id = ${id}`;
    await insertTracks(tx, id, saved.result);
    await insertViolations(tx, id, saved.result);
    await insertEvidence(tx, id, saved.evidence);
    await tx`
      update assessments set
        status = 'completed', report = ${saved.report}, summary = ${tx.json(toJson(saved.summary))}, error = null,
        finished_at = now()
      where assessments.id = ${id}`;
  });
}

/** The analysis before the assessment: the order in which a deletion takes them, so the two cannot block each other. */
async function lockForSave(tx: Tx, id: string, epoch: number): Promise<string> {
  await tx`
    select from analyses
    where analyses.id = (select assessments.analysis_id from assessments where assessments.id = ${id})
    for no key update`;
  const [row] = await tx<{ status: string; epoch: number }[]>`
    select assessments.status, assessments.epoch from assessments where assessments.id = ${id} for update`;
  if (row?.epoch !== epoch || (row.status !== 'running' && row.status !== 'completed'))
    throw new HivisError(
      'fenced_out',
      `Assessment ${id} was given to another worker; this late result was not written.`,
      {
        details: { assessmentId: id, epoch, currentEpoch: row?.epoch ?? null },
      },
    );
  return row.status;
}

async function insertTracks(tx: Tx, id: string, result: AssessmentResult): Promise<void> {
  await tx`
    insert into tracks (assessment_id, track_id, first_ms, last_ms, items)
    select ${id}, entry."trackId", entry."firstMs", entry."lastMs", entry.items
    from jsonb_to_recordset(${tx.json(toJson(result.tracks))})
      as entry ("trackId" integer, "firstMs" integer, "lastMs" integer, items jsonb)`;
  await tx`
    insert into observations (assessment_id, track_id, item, start_ms, end_ms, status, reason)
    select ${id}, entry."trackId", entry.item, entry."startMs", entry."endMs", entry.status, entry.reason
    from jsonb_to_recordset(${tx.json(toJson(result.observations))})
      as entry ("trackId" integer, item text, "startMs" integer, "endMs" integer, status text, reason text)`;
}

async function insertViolations(tx: Tx, id: string, result: AssessmentResult): Promise<void> {
  await tx`
    insert into violations (assessment_id, number, track_id, item, zone, start_ms, end_ms, confidence, reason)
    select ${id}, entry.number, entry."trackId", entry.item, entry.zone, entry."startMs", entry."endMs",
      entry.confidence, entry.reason
    from jsonb_to_recordset(${tx.json(toJson(result.violations))})
      as entry (number integer, "trackId" integer, item text, zone text, "startMs" integer, "endMs" integer,
        confidence real, reason text)`;
}

async function insertEvidence(tx: Tx, id: string, evidence: readonly NewEvidence[]): Promise<void> {
  await tx`
    insert into evidence
      (assessment_id, violation_number, storage_key, picture_key, frame_index, pts_ms, size_bytes, sha256)
    select ${id}, entry."violationNumber", entry."storageKey", entry."pictureKey", entry."frameIndex", entry."ptsMs", entry."sizeBytes",
      entry.sha256
    from jsonb_to_recordset(${tx.json(toJson(evidence))})
      as entry ("violationNumber" integer, "storageKey" text, "pictureKey" text, "frameIndex" integer, "ptsMs" integer,
        "sizeBytes" integer, sha256 text)`;
}
