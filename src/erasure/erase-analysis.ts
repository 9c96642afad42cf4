import {
  deleteAnalysis,
  getAnalysis,
  isActive,
  isSourceShared,
  requestCancel,
  type AnalysisRow,
} from '../db/analyses.js';
import type { Sql } from '../db/client.js';
import { findAnalysisJobIds } from '../db/reconcile.js';
import { deleteUnusedUpload } from '../db/uploads.js';
import type { Producer } from '../queue/producer.js';
import type { Logger } from '../shared/logger.js';
import { analysisPrefix, sourcePrefix } from '../storage/keys.js';
import type { Storage } from '../storage/storage.js';

export type EraseDeps = {
  readonly sql: Sql;
  readonly producer: Producer;
  readonly storage: Storage;
  readonly log: Logger;
};

/** What is gone; rows by table. */
export type Erasure = {
  readonly rows: Readonly<Record<string, number>>;
  readonly files: number;
  readonly bytes: number;
  readonly jobs: number;
};

type Erased = Pick<Erasure, 'files' | 'bytes'>;
const NOTHING: Erased = { files: 0, bytes: 0 };

/**
 * Cancels what runs, then erases queue jobs, files and, last, rows: whoever is stopped half-way by a storage that does
 * not answer can simply ask again. Throws `analysis_not_found` and `storage_failed`.
 */
export async function eraseAnalysis(deps: EraseDeps, analysisId: string): Promise<Erasure> {
  const { sql } = deps;
  const before = await getAnalysis(sql, analysisId);
  if (isActive(before.status)) await requestCancel(sql, analysisId);
  const jobs = await removeJobs(deps, before);
  const files = await eraseFiles(deps, before);
  const rows = (await deleteAnalysis(sql, analysisId)) ?? {};
  // A worker that was still at it may have stored something between the two.
  const late = isActive(before.status) ? await eraseFiles(deps, before) : NOTHING;
  const upload = before.uploadId === null ? NOTHING : await eraseUnusedUpload(deps, before.uploadId);
  return { rows: { analyses: 1, ...rows }, ...sum(files, late, upload), jobs };
}

/** With the queue away the jobs stay, find no row and do nothing. */
async function removeJobs(deps: EraseDeps, row: AnalysisRow): Promise<number> {
  const { sql, producer, log } = deps;
  try {
    const jobs = await findAnalysisJobIds(sql, row.id);
    return jobs === undefined ? 0 : await producer.removeAnalysisJobs(jobs);
  } catch (error) {
    log.warn({ err: error, analysisId: row.id }, 'queue jobs of a deleted analysis stay behind');
    return 0;
  }
}

/** A stored source that another analysis reads as well stays. */
async function eraseFiles(deps: EraseDeps, row: AnalysisRow): Promise<Erased> {
  const own = await deps.storage.deletePrefix(analysisPrefix(row.id));
  if (row.sourceKey !== null && (await isSourceShared(deps.sql, row.sourceKey, row.id))) return own;
  const source = await deps.storage.deletePrefix(sourcePrefix(row.id));
  return sum(own, source);
}

/** An upload serves any number of analyses and goes with the last one. */
export async function eraseUnusedUpload(
  { sql, storage }: Pick<EraseDeps, 'sql' | 'storage'>,
  uploadId: string,
): Promise<Erased> {
  const upload = await deleteUnusedUpload(sql, uploadId);
  if (upload === undefined) return NOTHING;
  await storage.delete(upload.storageKey);
  return { files: 1, bytes: upload.sizeBytes };
}

function sum(...parts: readonly Erased[]): Erased {
  return parts.reduce((total, part) => ({ files: total.files + part.files, bytes: total.bytes + part.bytes }), NOTHING);
}
