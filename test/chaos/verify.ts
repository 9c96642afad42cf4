import { findDefaultAssessment, getReport } from '../../src/db/assessments.js';
import type { Sql } from '../../src/db/client.js';
import { sha256Bytes } from '../../src/shared/hash.js';
import { timelessReport } from '../support/worker.js';

/** What must be the same whatever was killed. */
export type Outcome = {
  readonly status: string;
  readonly reportSha256: string;
  readonly frames: number;
  readonly missingFrames: number;
  readonly duplicateFrames: number;
  readonly duplicateDetections: number;
  readonly detectionsMd5: string | null;
};

export async function readOutcome(sql: Sql, id: string): Promise<Outcome> {
  const assessment = await findDefaultAssessment(sql, id);
  const report = await getReport(sql, assessment?.id ?? '');
  const [counts] = await sql<[Omit<Outcome, 'reportSha256'>]>`
    with frames as (select * from sampled_frames where analysis_id = ${id}),
      found as (select * from detections where analysis_id = ${id}),
      planned as (
        select frame from segments,
          generate_series(first_sampled_frame, frame_hi - 1, (
            select (settings ->> 'everyNFrames')::integer from analyses where id = ${id})) as frame
        where analysis_id = ${id})
    select
      (select status from analyses where id = ${id}) as status,
      (select count(*) from frames) as frames,
      (select count(*) from planned where frame not in (select frame_index from frames)) as missing_frames,
      (select count(*) - count(distinct frame_index) from frames) as duplicate_frames,
      (select count(*) - count(distinct (frame_index, class_id, confidence, x1, y1, x2, y2)) from found) as duplicate_detections,
      (select md5(string_agg(concat_ws(' ', frame_index, ordinal, class_id, confidence, x1, y1, x2, y2), E'\n'
        order by frame_index, ordinal)) from found) as detections_md5`;
  return {
    ...counts,
    reportSha256: report === undefined ? 'none' : sha256Bytes(JSON.stringify(timelessReport(report))),
  };
}
