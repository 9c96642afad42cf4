import type { Db } from './client.js';

/** The frame index as media serialises it. */
export type StoredFrameIndex = {
  readonly frameCount: number;
  /** Microseconds, little-endian float64. */
  readonly ptsUs: Buffer;
  /** One byte per frame. */
  readonly keyFlags: Buffer;
};

export async function insertFrameIndex(db: Db, analysisId: string, index: StoredFrameIndex): Promise<void> {
  await db`
    insert into frame_indexes (analysis_id, frame_count, pts_us, key_flags)
    values (${analysisId}, ${index.frameCount}, ${index.ptsUs}, ${index.keyFlags})`;
}

/** undefined before the analysis is planned. */
export async function getFrameIndex(db: Db, analysisId: string): Promise<StoredFrameIndex | undefined> {
  const [row] = await db<StoredFrameIndex[]>`
    select frame_indexes.frame_count, frame_indexes.pts_us, frame_indexes.key_flags
    from frame_indexes where frame_indexes.analysis_id = ${analysisId}`;
  return row;
}

export async function isSameFrameIndex(db: Db, analysisId: string, index: StoredFrameIndex): Promise<boolean> {
  const rows = await db`
    select from frame_indexes
    where frame_indexes.analysis_id = ${analysisId} and frame_indexes.frame_count = ${index.frameCount}
      and frame_indexes.pts_us = ${index.ptsUs} and frame_indexes.key_flags = ${index.keyFlags}`;
  return rows.length > 0;
}
