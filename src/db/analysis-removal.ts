import { inTransaction, type Db, type Tx } from './client.js';
import { insertEvent } from './events.js';

/** How many rows of each kind were erased. */
export type DeletionReceipt = {
  readonly segments: number;
  readonly sampledFrames: number;
  readonly detections: number;
  readonly assessments: number;
  readonly tracks: number;
  readonly observations: number;
  readonly violations: number;
  readonly evidence: number;
  readonly deliveries: number;
};

/**
 * Erases an analysis in any state and everything that belongs to it but its audit events, which get a last one with
 * the receipt. Whoever still works on it finds his segment gone. undefined when there is no such analysis.
 */
export async function deleteAnalysis(db: Db, id: string): Promise<DeletionReceipt | undefined> {
  return inTransaction(db, async (tx) => {
    const found = await tx`select from analyses where analyses.id = ${id} for update`;
    if (found.length === 0) return undefined;
    // Commits lock their segment, so after this nothing is added any more and the receipt is exact.
    await tx`select from segments where segments.analysis_id = ${id} order by segments.segment_index for update`;
    const receipt = await countBelongings(tx, id);
    await tx`delete from detections where detections.analysis_id = ${id}`;
    await tx`delete from analyses where analyses.id = ${id}`;
    await insertEvent(tx, { analysisId: id, kind: 'deleted', detail: receipt });
    // No trigger speaks for a row that is gone, and screens that show it have to hear of it.
    await tx`select pg_notify('hivis_analysis', ${id})`;
    return receipt;
  });
}

async function countBelongings(tx: Tx, id: string): Promise<DeletionReceipt> {
  const [counts] = await tx<[DeletionReceipt]>`
    with own as (select assessments.id from assessments where assessments.analysis_id = ${id})
    select
      (select count(*) from segments where segments.analysis_id = ${id}) as segments,
      (select count(*) from sampled_frames where sampled_frames.analysis_id = ${id}) as sampled_frames,
      (select count(*) from detections where detections.analysis_id = ${id}) as detections,
      (select count(*) from own) as assessments,
      (select count(*) from tracks where tracks.assessment_id in (select own.id from own)) as tracks,
      (select count(*) from observations where observations.assessment_id in (select own.id from own)) as observations,
      (select count(*) from violations where violations.assessment_id in (select own.id from own)) as violations,
      (select count(*) from evidence where evidence.assessment_id in (select own.id from own)) as evidence,
      (select count(*) from deliveries where deliveries.analysis_id = ${id}) as deliveries`;
  return counts;
}
