import {
  deleteAnalysis,
  getAnalysis,
  isActive,
  isSourceShared,
  requestCancel,
  type AnalysisRow,
} from '../db/analyses.js';
import { findAnalysisJobIds } from '../db/reconcile.js';
import { deleteUnusedUpload } from '../db/uploads.js';
import { analysisPrefix, sourcePrefix } from '../storage/keys.js';
import type { ApiContext } from './context.js';
import type { DeleteReceipt } from './schemas.js';

type Erased = { readonly files: number; readonly bytes: number };
const NOTHING: Erased = { files: 0, bytes: 0 };

/**
 * Cancels what runs, then erases queue jobs, files and, last, rows: whoever is stopped half-way by a storage that does
 * not answer can simply ask again. Throws `analysis_not_found` and `storage_failed`.
 */
export async function eraseAnalysis(context: ApiContext, analysisId: string): Promise<DeleteReceipt> {
  const { sql } = context;
  const before = await getAnalysis(sql, analysisId);
  if (isActive(before.status)) await requestCancel(sql, analysisId);
  const jobs = await removeJobs(context, before);
  const files = await eraseFiles(context, before);
  const rows = (await deleteAnalysis(sql, analysisId)) ?? {};
  // A worker that was still at it may have stored something between the two.
  const late = isActive(before.status) ? await eraseFiles(context, before) : NOTHING;
  const total = sum(files, late, await eraseUnusedUpload(context, before));
  context.hub.notify(analysisId);
  return {
    analysisId,
    deletedAt: new Date().toISOString(),
    erased: { rows: { analyses: 1, ...rows }, files: total.files, bytes: total.bytes, jobs },
  };
}

/** With the queue away the jobs stay, find no row and do nothing. */
async function removeJobs(context: ApiContext, row: AnalysisRow): Promise<number> {
  const { sql, producer, log } = context;
  try {
    const jobs = await findAnalysisJobIds(sql, row.id);
    return jobs === undefined ? 0 : await producer.removeAnalysisJobs(jobs);
  } catch (error) {
    log.warn({ err: error, analysisId: row.id }, 'queue jobs of a deleted analysis stay behind');
    return 0;
  }
}

/** A stored source that another analysis reads as well stays. */
async function eraseFiles(context: ApiContext, row: AnalysisRow): Promise<Erased> {
  const own = await context.storage.deletePrefix(analysisPrefix(row.id));
  if (row.sourceKey !== null && (await isSourceShared(context.sql, row.sourceKey, row.id))) return own;
  const source = await context.storage.deletePrefix(sourcePrefix(row.id));
  return sum(own, source);
}

/** An upload serves any number of analyses and goes with the last one. */
async function eraseUnusedUpload(context: ApiContext, row: AnalysisRow): Promise<Erased> {
  if (row.uploadId === null) return NOTHING;
  const upload = await deleteUnusedUpload(context.sql, row.uploadId);
  if (upload === undefined) return NOTHING;
  await context.storage.delete(upload.storageKey);
  return { files: 1, bytes: upload.sizeBytes };
}

function sum(...parts: readonly Erased[]): Erased {
  return parts.reduce((total, part) => ({ files: total.files + part.files, bytes: total.bytes + part.bytes }), NOTHING);
}
