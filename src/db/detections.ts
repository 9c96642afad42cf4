import type { Detection, FrameBox, FrameDetections } from '../domain/terms.js';
import type { Db } from './client.js';
import { decodeIntegerCursor, encodeCursor } from './cursor.js';

/** Every analysed sampled frame in order, also those without detections. */
export async function loadFrameDetections(db: Db, analysisId: string): Promise<FrameDetections[]> {
  const rows = await db<DetectionRow[]>`
    select sampled_frames.frame_index, sampled_frames.pts_ms, detections.ordinal, detections.class_id,
      detections.confidence, detections.x1, detections.y1, detections.x2, detections.y2
    from sampled_frames left join detections using (analysis_id, frame_index)
    where sampled_frames.analysis_id = ${analysisId}
    order by sampled_frames.frame_index, detections.ordinal`;
  const frames: { frameIndex: number; ptsMs: number; detections: Detection[] }[] = [];
  for (const row of rows) {
    let frame = frames.at(-1);
    if (frame?.frameIndex !== row.frameIndex) {
      frame = { frameIndex: row.frameIndex, ptsMs: row.ptsMs, detections: [] };
      frames.push(frame);
    }
    if (row.classId !== null) frame.detections.push(toDetection(row));
  }
  return frames;
}

/** One detection of a listing. */
export type ListedDetection = Detection & { readonly frameIndex: number; readonly ptsMs: number };

/** By frame, best first. Throws `invalid_request` for a foreign cursor. */
export async function pageDetections(
  db: Db,
  analysisId: string,
  page: { readonly cursor?: string; readonly limit: number; readonly minConfidence?: number },
): Promise<{ readonly items: ListedDetection[]; readonly nextCursor: string | null }> {
  const [frameIndex = -1, ordinal = -1] = page.cursor === undefined ? [] : decodeIntegerCursor(page.cursor, 2);
  const rows = await db<(DetectionRow & { ordinal: number })[]>`
    select detections.*, sampled_frames.pts_ms
    from detections join sampled_frames using (analysis_id, frame_index)
    where detections.analysis_id = ${analysisId}
      and (detections.frame_index, detections.ordinal) > (${frameIndex}, ${ordinal})
      and detections.confidence >= ${page.minConfidence ?? 0}
    order by detections.frame_index, detections.ordinal
    limit ${page.limit + 1}`;
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => ({ frameIndex: row.frameIndex, ptsMs: row.ptsMs, ...toDetection(row) })),
    nextCursor: rows.length > page.limit && last !== undefined ? encodeCursor([last.frameIndex, last.ordinal]) : null,
  };
}

type DetectionRow = {
  readonly frameIndex: number;
  readonly ptsMs: number;
  readonly classId: number | null;
  readonly confidence: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
};

/** `real` arrives as the shortest text that names it; rounding to float32 gives back the very number that was stored. */
function toDetection(row: DetectionRow): Detection {
  return {
    classId: row.classId ?? -1,
    confidence: Math.fround(row.confidence),
    box: {
      x1: Math.fround(row.x1),
      y1: Math.fround(row.y1),
      x2: Math.fround(row.x2),
      y2: Math.fround(row.y2),
    } as FrameBox,
  };
}
