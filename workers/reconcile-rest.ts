import { getAnalysis } from '../src/db/analyses.js';
import { inTransaction } from '../src/db/client.js';
import { listDueDeliveries } from '../src/db/deliveries.js';
import { deleteOldQuotes, listPendingQuotes } from '../src/db/quotes.js';
import { listAnalysesOverSize, listExpiredAnalyses, listUntoldAnalyses } from '../src/db/reconcile.js';
import { listUnusedUploads } from '../src/db/uploads.js';
import { deleteDeadWorkers } from '../src/db/workers.js';
import { eraseAnalysis, eraseUnusedUpload } from '../src/erasure/erase-analysis.js';
import { deliveryJobId, quoteJobId } from '../src/queue/definitions.js';
import type { JobDeps } from './deps.js';
import { addDelivery, sendDelivery } from './finish-analysis.js';

const BATCH = 100;
const DAY_MS = 24 * 3_600_000;
/** An upload that nobody made an analysis of. */
const UNUSED_UPLOAD_MS = 2 * DAY_MS;
const QUOTE_MS = DAY_MS;

/** Webhooks that are due without a job, and ends of which nobody was told. */
export async function repairDeliveries(deps: JobDeps): Promise<number> {
  let queued = 0;
  for (const { id } of await listUntoldAnalyses(deps.sql, BATCH)) {
    const row = await getAnalysis(deps.sql, id);
    await inTransaction(deps.sql, (tx) => addDelivery(tx, deps, row));
    await sendDelivery(deps, row);
    queued += 1;
  }
  for (const { id: deliveryId } of await listDueDeliveries(deps.sql, BATCH)) {
    if ((await deps.producer.presence('deliveries', deliveryJobId({ deliveryId }))) !== 'lost') continue;
    await deps.producer.enqueueDelivery(deliveryId, 0);
    queued += 1;
  }
  return queued;
}

export async function repairQuotes(deps: JobDeps): Promise<number> {
  let queued = 0;
  for (const { id: quoteId } of await listPendingQuotes(deps.sql, BATCH)) {
    if ((await deps.producer.presence('quotes', quoteJobId({ quoteId }))) !== 'lost') continue;
    await deps.producer.enqueueQuote(quoteId);
    queued += 1;
  }
  await deleteOldQuotes(deps.sql, new Date(Date.now() - QUOTE_MS));
  return queued;
}

/** Finished analyses that are too old or too many; returns how many went. */
export async function applyRetention(deps: JobDeps): Promise<number> {
  const { days, maxBytes } = deps.config.retention;
  const expired = days === 0 ? [] : await listExpiredAnalyses(deps.sql, new Date(Date.now() - days * DAY_MS), BATCH);
  for (const { id } of expired) await removeAnalysis(deps, id);
  const oversized = maxBytes === 0 ? [] : await listAnalysesOverSize(deps.sql, maxBytes, BATCH);
  for (const { id } of oversized) await removeAnalysis(deps, id);
  return expired.length + oversized.length;
}

async function removeAnalysis(deps: JobDeps, analysisId: string): Promise<void> {
  const erased = await eraseAnalysis(deps, analysisId);
  deps.log.info({ analysisId, erased }, 'analysis removed by retention');
}

export async function removeUnusedUploads(deps: JobDeps): Promise<number> {
  const unused = await listUnusedUploads(deps.sql, new Date(Date.now() - UNUSED_UPLOAD_MS), BATCH);
  for (const { id } of unused) await eraseUnusedUpload(deps, id);
  return unused.length;
}

export async function forgetDeadWorkers(deps: JobDeps): Promise<number> {
  return (await deleteDeadWorkers(deps.sql)).length;
}
