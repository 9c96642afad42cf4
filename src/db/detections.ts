import type { Detection, FrameBox, FrameDetections } from '../domain/terms.js';
import type { Db } from './client.js';
import { decodeIntegerCursor, encodeCursor } from './cursor.js';

/** Frames of the source per packed value: some hundred kilobytes, whatever the sampling. */
const CHUNK_FRAMES = 4_096;
/** frame index int32, presentation time int32 */
const FRAME_BYTES = 8;
/** frame index int32, class int16, then confidence, x1, y1, x2, y2 as float32; all big endian */
const DETECTION_BYTES = 26;

/**
 * Every analysed sampled frame in order, also those without detections. An hour of video is 180 000 detections: as
 * rows their text costs seconds of parsing, so the server packs them into a few binary values.
 */
export async function loadFrameDetections(db: Db, analysisId: string): Promise<FrameDetections[]> {
  const chunks = await db<{ kind: 'frames' | 'detections'; chunk: number; bytes: Buffer }[]>`
    select 'frames' as kind, sampled_frames.frame_index / ${CHUNK_FRAMES}::integer as chunk,
      string_agg(int4send(sampled_frames.frame_index) || int4send(sampled_frames.pts_ms), ''::bytea
        order by sampled_frames.frame_index) as bytes
    from sampled_frames where sampled_frames.analysis_id = ${analysisId}
    group by chunk
    union all
    select 'detections', detections.frame_index / ${CHUNK_FRAMES}::integer as chunk,
      string_agg(
        int4send(detections.frame_index) || int2send(detections.class_id) || float4send(detections.confidence)
          || float4send(detections.x1) || float4send(detections.y1) || float4send(detections.x2) || float4send(detections.y2),
        ''::bytea order by detections.frame_index, detections.ordinal)
    from detections where detections.analysis_id = ${analysisId}
    group by chunk`;
  const bytesOf = (kind: 'frames' | 'detections'): Buffer[] =>
    chunks
      .filter((row) => row.kind === kind)
      .sort((a, b) => a.chunk - b.chunk)
      .map((row) => row.bytes);
  const frames = unpackFrames(bytesOf('frames'));
  addDetections(frames, bytesOf('detections'));
  return frames;
}

type OpenFrame = { readonly frameIndex: number; readonly ptsMs: number; readonly detections: Detection[] };

function unpackFrames(chunks: readonly Buffer[]): OpenFrame[] {
  const frames: OpenFrame[] = [];
  for (const bytes of chunks)
    for (let offset = 0; offset < bytes.length; offset += FRAME_BYTES)
      frames.push({ frameIndex: bytes.readInt32BE(offset), ptsMs: bytes.readInt32BE(offset + 4), detections: [] });
  return frames;
}

/** Both lists are in order of their frames, so one walk over the frames meets every detection. */
function addDetections(frames: readonly OpenFrame[], chunks: readonly Buffer[]): void {
  let position = 0;
  for (const bytes of chunks) {
    for (let offset = 0; offset < bytes.length; offset += DETECTION_BYTES) {
      const frameIndex = bytes.readInt32BE(offset);
      while ((frames[position]?.frameIndex ?? frameIndex) < frameIndex) position += 1;
      frames[position]?.detections.push({
        classId: bytes.readInt16BE(offset + 4),
        confidence: bytes.readFloatBE(offset + 6),
        box: {
          x1: bytes.readFloatBE(offset + 10),
          y1: bytes.readFloatBE(offset + 14),
          x2: bytes.readFloatBE(offset + 18),
          y2: bytes.readFloatBE(offset + 22),
        } as FrameBox,
      });
    }
  }
}

/** One detection of a listing. */
export type ListedDetection = Detection & { readonly frameIndex: number; readonly ptsMs: number };

/** By frame, best first. Throws `invalid_request` for a foreign cursor. */
export async function pageDetections(
  db: Db,
  analysisId: string,
  page: { readonly cursor?: string; readonly limit: number; readonly minConfidence?: number },
): Promise<{ readonly items: ListedDetection[]; readonly nextCursor: string | null }> {
  const [frameIndex, ordinal] = page.cursor === undefined ? [-1, -1] : decodeIntegerCursor(page.cursor);
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
  readonly classId: number;
  readonly confidence: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
};

/** `real` arrives as the shortest text that names it; rounding to float32 gives back the very number that was stored. */
function toDetection(row: DetectionRow): Detection {
  return {
    classId: row.classId,
    confidence: Math.fround(row.confidence),
    box: {
      x1: Math.fround(row.x1),
      y1: Math.fround(row.y1),
      x2: Math.fround(row.x2),
      y2: Math.fround(row.y2),
    } as FrameBox,
  };
}
