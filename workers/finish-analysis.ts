import type { AnalysisRow, StoredError } from '../src/db/analysis-types.js';
import { failAnalysis, finishCancel } from '../src/db/analyses.js';
import { listAssessments } from '../src/db/assessments.js';
import { inTransaction, type Tx } from '../src/db/client.js';
import { insertDelivery } from '../src/db/deliveries.js';
import { listSegments } from '../src/db/segments.js';
import type { HivisError } from '../src/shared/errors.js';
import { analysisPrefix, sourcePrefix } from '../src/storage/keys.js';
import { buildDelivery } from './delivery-payload.js';
import type { JobDeps } from './deps.js';

type FinishDeps = Pick<JobDeps, 'sql' | 'producer' | 'storage' | 'config' | 'log'>;

/** How an error is kept in the database. Details are what programs may want; causes and stacks stay in the log. */
export function storedError(error: HivisError): StoredError {
  return { code: error.code, message: error.message, retryable: error.retryable, details: jsonSafe(error.details) };
}

function jsonSafe(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(details)) as Record<string, unknown>;
}

/** active → failed, with the webhook; what waits in the queue goes. False when it had ended already. */
export async function endFailed(
  deps: FinishDeps,
  analysis: { readonly id: string; readonly run: number },
  error: HivisError,
): Promise<boolean> {
  const row = await inTransaction(deps.sql, async (tx) => {
    const failed = await failAnalysis(tx, analysis.id, analysis.run, storedError(error));
    if (failed !== undefined) await addDelivery(tx, deps, failed);
    return failed;
  });
  if (row === undefined) return false;
  deps.log.error({ analysisId: row.id, code: error.code, err: error }, 'analysis failed');
  await dropJobs(deps, row);
  await sendDelivery(deps, row);
  return true;
}

/**
 * active with a cancel request → cancelled, with the webhook; waiting jobs, the downloaded source and half-made reports
 * go. Safe to be called by everybody at once.
 */
export async function endCancelled(
  deps: FinishDeps,
  analysis: { readonly id: string; readonly run: number },
): Promise<boolean> {
  const row = await inTransaction(deps.sql, async (tx) => {
    const cancelled = await finishCancel(tx, analysis.id, analysis.run);
    if (cancelled !== undefined) await addDelivery(tx, deps, cancelled);
    return cancelled;
  });
  if (row === undefined) return false;
  deps.log.info({ analysisId: row.id }, 'analysis cancelled');
  await removeFiles(deps, row.id);
  await dropJobs(deps, row);
  await sendDelivery(deps, row);
  return true;
}

/** An upload stays: it belongs to whoever sent it and other analyses may use it. */
export async function removeFiles(deps: Pick<FinishDeps, 'storage'>, analysisId: string): Promise<void> {
  await deps.storage.deletePrefix(sourcePrefix(analysisId));
  await deps.storage.deletePrefix(analysisPrefix(analysisId));
}

/** Part of the transaction that ends an analysis, so that no end goes untold. */
export async function addDelivery(tx: Tx, deps: Pick<FinishDeps, 'config'>, row: AnalysisRow): Promise<void> {
  const delivery = buildDelivery(row, deps.config.http.publicUrl);
  if (delivery !== undefined) await insertDelivery(tx, delivery);
}

/** The reconciler sends what this could not. */
export async function sendDelivery(
  deps: Pick<FinishDeps, 'producer' | 'config' | 'log'>,
  row: AnalysisRow,
): Promise<void> {
  const delivery = buildDelivery(row, deps.config.http.publicUrl);
  if (delivery === undefined) return;
  await deps.producer
    .enqueueDelivery(delivery.id, 0)
    .catch((error: unknown) => deps.log.warn({ err: error, deliveryId: delivery.id }, 'webhook could not be queued'));
}

/** Jobs that would find nothing to do. That they are gone is tidy, not needed. */
async function dropJobs(deps: FinishDeps, row: AnalysisRow): Promise<void> {
  try {
    const segments = await listSegments(deps.sql, row.id);
    const assessments = await listAssessments(deps.sql, row.id);
    await deps.producer.removeAnalysisJobs({
      analysisId: row.id,
      run: row.run,
      assessmentIds: assessments.map((assessment) => assessment.id),
      segmentIndexes: segments.filter((segment) => segment.status !== 'done').map((segment) => segment.segmentIndex),
    });
  } catch (error) {
    deps.log.warn({ err: error, analysisId: row.id }, 'jobs of an ended analysis could not be removed');
  }
}
