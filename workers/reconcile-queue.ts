import type { AnalysisStatus } from '../src/db/analysis-types.js';
import { INGEST_STATUSES, getAnalysis } from '../src/db/analyses.js';
import { listEvents, insertEvent } from '../src/db/events.js';
import { listActiveAnalyses, listOpenAssessments, type ActiveAnalysis } from '../src/db/reconcile.js';
import { ingestJobId, reportJobId, segmentJobId } from '../src/queue/definitions.js';
import { HivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { endFailed } from './finish-analysis.js';
import { queueOpenWork } from './ingest-job.js';

const PAGE = 200;
/** Asked at once: a long video has thousands of segments. */
const CHUNK = 50;
/**
 * An analysis that was queued again so often does not get anywhere, for reasons that neither the queue nor its jobs told
 * of; somebody has to look.
 */
const MAX_REQUEUES = 20;

export type QueueRepair = { readonly requeued: number; readonly expired: number };

/** Compares every unfinished analysis with the queue and queues what is lost. */
export async function repairQueue(deps: JobDeps): Promise<QueueRepair> {
  const silenceMs = 3 * deps.config.queue.lockDurationMs;
  let requeued = 0;
  let expired = 0;
  for (let cursor: string | undefined; ;) {
    const page = await listActiveAnalyses(deps.sql, {
      limit: PAGE,
      silenceMs,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const lost = await mapChunked(page.items, async (item) => ((await isLost(deps, item)) ? item : undefined));
    const repairs = await mapChunked(
      lost.filter((item) => item !== undefined),
      (item) => repair(deps, item),
    );
    for (const done of repairs) {
      requeued += done.requeued;
      expired += done.expired;
    }
    if (page.nextCursor === null || page.nextCursor === cursor) break;
    cursor = page.nextCursor;
  }
  return { requeued: requeued + (await requeueAssessments(deps)), expired };
}

async function mapChunked<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (let start = 0; start < items.length; start += CHUNK)
    results.push(...(await Promise.all(items.slice(start, start + CHUNK).map(work))));
  return results;
}

async function repair(deps: JobDeps, analysis: ActiveAnalysis): Promise<QueueRepair> {
  if (await expireHopeless(deps, analysis)) return { requeued: 0, expired: 1 };
  return { requeued: await requeue(deps, analysis), expired: 0 };
}

function isIngesting(status: AnalysisStatus): boolean {
  return (INGEST_STATUSES as readonly AnalysisStatus[]).includes(status);
}

/** Whether something that the analysis needs to get on is in nobody's hands. */
async function isLost(deps: JobDeps, analysis: ActiveAnalysis): Promise<boolean> {
  const { id: analysisId, run, assessmentId } = analysis;
  if (analysis.cancelRequestedAt !== null) return false;
  if (isIngesting(analysis.status))
    return (await deps.producer.presence('ingest', ingestJobId({ analysisId, run }))) === 'lost';
  if (assessmentId === null) return false;
  if (analysis.openSegmentIndexes.length === 0)
    return (await deps.producer.presence('reports', reportJobId({ analysisId, run, assessmentId }))) === 'lost';
  return (await findLostSegments(deps, analysis)).length > 0;
}

async function findLostSegments(deps: JobDeps, analysis: ActiveAnalysis): Promise<number[]> {
  const { id: analysisId, run } = analysis;
  const live = new Set(analysis.liveSegmentIndexes);
  const doubtful = analysis.openSegmentIndexes.filter((segmentIndex) => !live.has(segmentIndex));
  const lost = await mapChunked(doubtful, async (segmentIndex) => {
    const jobId = segmentJobId({ analysisId, run, segmentIndex });
    return (await deps.producer.presence('segments', jobId)) === 'lost' ? segmentIndex : undefined;
  });
  return lost.filter((segmentIndex) => segmentIndex !== undefined);
}

async function requeue(deps: JobDeps, analysis: ActiveAnalysis): Promise<number> {
  await insertEvent(deps.sql, { analysisId: analysis.id, kind: 'requeued', detail: { run: analysis.run } });
  deps.log.warn({ analysisId: analysis.id, status: analysis.status }, 'lost work is queued again');
  if (isIngesting(analysis.status)) {
    await deps.producer.enqueueIngest(analysis);
    return 1;
  }
  return Math.max(1, await queueOpenWork(deps, await getAnalysis(deps.sql, analysis.id)));
}

async function expireHopeless(deps: JobDeps, analysis: ActiveAnalysis): Promise<boolean> {
  const events = await listEvents(deps.sql, analysis.id);
  const requeues = events.filter((event) => event.kind === 'requeued' && event.detail['run'] === analysis.run);
  if (requeues.length < MAX_REQUEUES) return false;
  const message = `The analysis was queued again ${requeues.length} times without getting to an end. Look at the worker log and retry it.`;
  return endFailed(deps, analysis, new HivisError('internal', message, { details: { requeues: requeues.length } }));
}

/** Re-scores of finished analyses. */
async function requeueAssessments(deps: JobDeps): Promise<number> {
  let requeued = 0;
  for (const { id: assessmentId, analysisId, run, priority, createdAt } of await listOpenAssessments(deps.sql, PAGE)) {
    const presence = await deps.producer.presence('reports', reportJobId({ analysisId, run, assessmentId }));
    if (presence !== 'lost') continue;
    await deps.producer.enqueueReport({ id: analysisId, run, priority, createdAt }, assessmentId);
    requeued += 1;
  }
  return requeued;
}
