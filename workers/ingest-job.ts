import { beginIngest, findAnalysis } from '../src/db/analyses.js';
import type { AnalysisRow } from '../src/db/analysis-types.js';
import { findDefaultAssessment } from '../src/db/assessments.js';
import { listOpenSegmentIndexes } from '../src/db/segments.js';
import { isHandBack, type JobContext, type JobOutcome, type QueueHandler } from '../src/queue/consumer.js';
import type { Payload } from '../src/queue/definitions.js';
import { toHivisError, type ErrorCode } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { endFailed } from './finish-analysis.js';
import { asFinal, failIfFinal, runForAnalysis } from './guarded-run.js';
import { planAnalysis } from './ingest-plan.js';
import { fetchSource } from './ingest-source.js';

/** Tries of what lies with the source or its server; outages of our own parts are tried for longer, by the queue. */
const MAX_SOURCE_ATTEMPTS = 4;
const SOURCE_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'host_unreachable',
  'download_failed',
  'download_timeout',
  'source_unreadable',
  'ffmpeg_failed',
  'timed_out',
]);

/**
 * Ingest: fetch (guarded) → hash → storage → probe → frame index → plan → queue the segments. Safe to run again from any
 * point: what is stored is used, a saved plan is only queued once more.
 */
export function createIngestHandler(deps: JobDeps): QueueHandler<'ingest'> {
  return {
    concurrency: 2,
    // A file that kills ffprobe's parent cannot be; what kills the process here is memory or the machine.
    maxCrashes: 10,
    handle: (payload, context) => ingest(deps, payload, context),
    onGivenUp: async (payload, error) => {
      await endFailed(deps, { id: payload.analysisId, run: payload.run }, error);
    },
  };
}

async function ingest(deps: JobDeps, payload: Payload<'ingest'>, context: JobContext): Promise<JobOutcome> {
  const row = await beginIngest(deps.sql, payload.analysisId, payload.run);
  if (row === undefined) return resume(deps, payload);
  deps.log.info({ analysisId: row.id, run: row.run }, 'analysis started');
  try {
    return await runForAnalysis(deps, row, context, async (signal) => {
      const source = await fetchSource(deps, row, context, signal);
      await context.progress(90);
      const plan = await planAnalysis(deps, source, signal);
      await deps.producer.enqueueAnalysisFlow(plan.row, plan.openSegmentIndexes, plan.assessmentId);
      await context.progress(100);
      await context.say(
        `planned ${plan.row.framesSampled ?? 0} sampled frames, ${plan.openSegmentIndexes.length} segments to do`,
      );
      return { outcome: 'planned', segments: plan.openSegmentIndexes.length };
    });
  } catch (thrown) {
    if (isHandBack(context.signal)) throw thrown;
    const error = toHivisError(thrown);
    const isExhausted = SOURCE_ERRORS.has(error.code) && context.attempt >= MAX_SOURCE_ATTEMPTS;
    throw await failIfFinal(deps, row, isExhausted ? asFinal(error) : error);
  }
}

/** Not (or no longer) to be ingested: planned by an attempt that died before it could queue the segments, or ended. */
async function resume(deps: JobDeps, payload: Payload<'ingest'>): Promise<JobOutcome> {
  const row = await findAnalysis(deps.sql, payload.analysisId);
  if (row?.run !== payload.run || row.status !== 'analyzing' || row.cancelRequestedAt !== null)
    return { outcome: 'inactive' };
  const queued = await queueOpenWork(deps, row);
  return { outcome: 'queued again', segments: queued };
}

/** Queues what a planned analysis still needs; returns the number of segments. Harmless when all is queued already. */
export async function queueOpenWork(deps: Pick<JobDeps, 'sql' | 'producer'>, row: AnalysisRow): Promise<number> {
  const assessment = await findDefaultAssessment(deps.sql, row.id);
  if (assessment === undefined) return 0;
  const open = await listOpenSegmentIndexes(deps.sql, row.id);
  await deps.producer.enqueueAnalysisFlow(row, open, assessment.id);
  return open.length;
}
