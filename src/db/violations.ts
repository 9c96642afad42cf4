import type { ItemName, ReasonCode } from '../domain/terms.js';
import type { Db } from './client.js';

/** A violation with its still, if one could be made. */
export type ViolationRow = {
  readonly assessmentId: string;
  readonly number: number;
  readonly trackId: number;
  readonly item: ItemName;
  readonly zone: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly confidence: number;
  readonly reason: ReasonCode;
  readonly evidenceKey: string | null;
  readonly evidencePtsMs: number | null;
  readonly evidenceSha256: string | null;
};

/** In order of their numbers. */
export async function listViolations(
  db: Db,
  assessmentId: string,
  page: { readonly afterNumber?: number; readonly limit?: number; readonly item?: string; readonly zone?: string } = {},
): Promise<ViolationRow[]> {
  return db<ViolationRow[]>`
    select violations.*, evidence.storage_key as evidence_key, evidence.pts_ms as evidence_pts_ms,
      evidence.sha256 as evidence_sha256
    from violations left join evidence
      on evidence.assessment_id = violations.assessment_id and evidence.violation_number = violations.number
    where violations.assessment_id = ${assessmentId} and violations.number > ${page.afterNumber ?? 0}
      ${page.item === undefined ? db`` : db`and violations.item = ${page.item}`}
      ${page.zone === undefined ? db`` : db`and violations.zone = ${page.zone}`}
    order by violations.number
    ${page.limit === undefined ? db`` : db`limit ${page.limit}`}`;
}
