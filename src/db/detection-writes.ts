import type { FrameDetections } from '../domain/terms.js';
import type { Db } from './client.js';

/** Columns instead of rows: one statement however many there are. */
export async function insertDetections(
  db: Db,
  segment: { readonly analysisId: string; readonly segmentIndex: number },
  frames: readonly FrameDetections[],
): Promise<void> {
  if (frames.length === 0) return;
  const { analysisId, segmentIndex } = segment;
  await db`
    insert into sampled_frames (analysis_id, segment_index, frame_index, pts_ms)
    select ${analysisId}, ${segmentIndex}, sampled.*
    from unnest(
      ${frames.map((frame) => frame.frameIndex)}::integer[], ${frames.map((frame) => frame.ptsMs)}::integer[]
    ) as sampled`;
  const flat = frames.flatMap((frame) =>
    frame.detections.map((detection, ordinal) => ({ frameIndex: frame.frameIndex, ordinal, detection })),
  );
  if (flat.length === 0) return;
  await db`
    insert into detections (analysis_id, frame_index, ordinal, class_id, confidence, x1, y1, x2, y2)
    select ${analysisId}, found.*
    from unnest(
      ${flat.map((entry) => entry.frameIndex)}::integer[], ${flat.map((entry) => entry.ordinal)}::smallint[],
      ${flat.map((entry) => entry.detection.classId)}::smallint[],
      ${flat.map((entry) => entry.detection.confidence)}::real[],
      ${flat.map((entry) => entry.detection.box.x1)}::real[], ${flat.map((entry) => entry.detection.box.y1)}::real[],
      ${flat.map((entry) => entry.detection.box.x2)}::real[], ${flat.map((entry) => entry.detection.box.y2)}::real[]
    ) as found`;
}
