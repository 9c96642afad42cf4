import { completeAnalysis, findAnalysis, getAnalysis, markReporting } from '../src/db/analyses.js';
import {
  claimAssessment,
  failAssessment,
  getAssessment,
  heartbeatAssessment,
  releaseAssessment,
  saveAssessment,
  type AssessmentClaim,
  type AssessmentRow,
} from '../src/db/assessments.js';
import { inTransaction } from '../src/db/client.js';
import { loadFrameDetections } from '../src/db/detections.js';
import { listOpenSegmentIndexes, listSegments } from '../src/db/segments.js';
import { assess } from '../src/domain/assess.js';
import { buildReport } from '../src/report/build-report.js';
import { serializeReport } from '../src/report/serialize.js';
import {
  isHandBack,
  PostponeError,
  type JobContext,
  type JobOutcome,
  type QueueHandler,
} from '../src/queue/consumer.js';
import type { Payload } from '../src/queue/definitions.js';
import { throwIfCancelled } from '../src/shared/abort.js';
import { HivisError, toHivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { addDelivery, endFailed, removeFiles, sendDelivery, storedError } from './finish-analysis.js';
import { runForAnalysis } from './guarded-run.js';
import { startLapTimer } from './lap-timer.js';
import { HELD_PAUSE_MS, Pulse, takeOverAfterMs } from './pulse.js';
import { makeEvidence } from './report-evidence.js';
import { reportInput, sampledVideo, type ReportFacts } from './report-facts.js';
import { storeReport } from './report-files.js';
import { loadFrameIndex, requirePlanned } from './segment-run.js';

/** Crashes and errors after which a report is given up. */
const MAX_REPORT_ATTEMPTS = 5;
/** From here on a report without some of its stills is better than none. */
const TOLERANT_ATTEMPT = 3;

type Claimed = Extract<AssessmentClaim, { kind: 'claimed' }>;

/**
 * Report: detections → assessment → stills → files → one transaction with the end of the analysis. The same job serves
 * re-scores of finished analyses, which touch nothing but their own assessment.
 */
export function createReportHandler(deps: JobDeps): QueueHandler<'reports'> {
  return {
    concurrency: 1,
    maxCrashes: 1_000,
    handle: (payload, context) => handleReport(deps, payload, context),
    onGivenUp: async (payload, error) => {
      await endFailed(deps, { id: payload.analysisId, run: payload.run }, error);
    },
  };
}

async function handleReport(deps: JobDeps, payload: Payload<'reports'>, context: JobContext): Promise<JobOutcome> {
  const { analysisId, run, assessmentId } = payload;
  const row = await findAnalysis(deps.sql, analysisId);
  if (row?.run !== run) return { outcome: 'inactive' };
  const isDefault = row.status === 'analyzing' || row.status === 'reporting';
  if (isDefault) {
    const missing = await queueMissingSegments(deps, payload);
    if (missing > 0) return { outcome: 'segments missing', segments: missing };
    if ((await markReporting(deps.sql, analysisId, run)) === undefined) return { outcome: 'inactive' };
  }
  const claim = await claimAssessment(deps.sql, assessmentId, {
    maxAttempts: MAX_REPORT_ATTEMPTS,
    takeOverAfterMs: takeOverAfterMs(deps.config.queue.lockDurationMs),
  });
  switch (claim.kind) {
    case 'inactive':
      return { outcome: 'inactive' };
    case 'done':
      return { outcome: 'done already' };
    case 'held':
      throw new PostponeError(HELD_PAUSE_MS);
    case 'exhausted':
      throw await giveUp(deps, payload, claim.attempts, claim.error);
    case 'claimed':
      return isDefault
        ? runForAnalysis(deps, { id: analysisId, run }, context, (signal) =>
            workOn(deps, payload, claim, context, signal),
          )
        : workOn(deps, payload, claim, context, context.signal);
  }
}

/** The queue lets a report run when it has given a segment up for reasons of its own; then the segment is queued again. */
async function queueMissingSegments(deps: JobDeps, payload: Payload<'reports'>): Promise<number> {
  const open = await listOpenSegmentIndexes(deps.sql, payload.analysisId);
  if (open.length > 0) await deps.producer.enqueueSegments(await getAnalysis(deps.sql, payload.analysisId), open);
  return open.length;
}

async function workOn(
  deps: JobDeps,
  payload: Payload<'reports'>,
  claim: Claimed,
  context: JobContext,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { assessment, epoch } = claim;
  const pulse = new Pulse(async () => {
    if (await heartbeatAssessment(deps.sql, assessment.id, epoch)) return undefined;
    return new HivisError('fenced_out', `Assessment ${assessment.id} was given to another worker.`);
  }, context.log);
  try {
    return await makeReport(deps, claim, context, AbortSignal.any([signal, pulse.signal]));
  } catch (thrown) {
    await pulse.stop();
    if (isHandBack(context.signal)) {
      await releaseAssessment(deps.sql, assessment.id, epoch);
      throw thrown;
    }
    const error = toHivisError(thrown);
    // Deleted meanwhile: whoever cleared up came too early for the files of this report.
    if ((await findAnalysis(deps.sql, payload.analysisId)) === undefined) await removeFiles(deps, payload.analysisId);
    if (error.code === 'cancelled' || error.code === 'fenced_out') throw error;
    const isLast = !error.retryable || claim.attempt >= MAX_REPORT_ATTEMPTS;
    await failAssessment(deps.sql, assessment.id, epoch, storedError(error), { final: isLast });
    throw isLast ? await giveUp(deps, payload, claim.attempt, storedError(error)) : error;
  } finally {
    await pulse.stop();
  }
}

async function makeReport(
  deps: JobDeps,
  claim: Claimed,
  context: JobContext,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { assessment, epoch } = claim;
  const timer = startLapTimer();
  const facts = await loadFacts(deps, assessment);
  timer.lap('load');
  const { row, frames, rules } = facts;
  throwIfCancelled(signal);
  const result = assess({ video: sampledVideo(facts), frames, roles: row.model.roles, rules });
  timer.lap('assess');
  await context.progress(10, { violations: result.violations.length });
  const evidence = await makeEvidence(deps, facts, result.violations, {
    signal,
    tolerant: claim.attempt >= TOLERANT_ATTEMPT,
    onProgress: (share) => context.progress(10 + 70 * share),
  });
  timer.lap('stills');
  const named = new Map(evidence.map((still) => [still.violationNumber, { file: still.file, sha256: still.sha256 }]));
  const report = buildReport(reportInput(facts, result, named));
  await storeReport(deps, report, evidence, signal);
  timer.lap('documents');
  await context.progress(95);
  throwIfCancelled(signal);
  const { summary, completeness, detectionFloorMs } = report;
  const saved = {
    result,
    report: serializeReport(report),
    summary: { summary, completeness, detectionFloorMs },
    evidence,
  };
  const ended = await inTransaction(deps.sql, async (tx) => {
    await saveAssessment(tx, assessment.id, epoch, saved);
    if (!assessment.isDefault) return undefined;
    const status = completeness.complete ? 'completed' : 'completed_partial';
    const completed = await completeAnalysis(tx, row.id, row.run, status);
    await addDelivery(tx, deps, completed);
    return completed;
  });
  timer.lap('save');
  await context.say(timer.text());
  if (ended !== undefined) {
    const { persons, violations } = summary;
    deps.log.info({ analysisId: row.id, status: ended.status, persons, violations }, 'analysis completed');
    await sendDelivery(deps, ended);
  }
  await context.progress(100);
  return { outcome: 'done', violations: result.violations.length, frames: frames.length };
}

async function loadFacts(deps: JobDeps, assessment: AssessmentRow): Promise<ReportFacts> {
  const row = requirePlanned(await getAnalysis(deps.sql, assessment.analysisId));
  const [index, frames, segments] = await Promise.all([
    loadFrameIndex(deps, row),
    loadFrameDetections(deps.sql, row.id),
    listSegments(deps.sql, row.id),
  ]);
  const lastMs = Math.max(...segments.map((segment) => segment.finishedAt?.getTime() ?? 0));
  const generatedAt = assessment.isDefault ? new Date(lastMs) : assessment.createdAt;
  const everyNFrames = row.settings.everyNFrames ?? deps.config.defaults.everyNFrames;
  return { row, assessmentId: assessment.id, rules: assessment.rules, index, frames, everyNFrames, generatedAt };
}

async function giveUp(
  deps: JobDeps,
  payload: Payload<'reports'>,
  attempts: number,
  last: { readonly code: string; readonly message: string } | null,
): Promise<HivisError> {
  const why = last === null ? 'the process died each time' : `${last.code}: ${last.message}`;
  const error = new HivisError('internal', `The report could not be made in ${attempts} attempt(s): ${why}`, {
    details: { attempts, lastError: last },
  });
  const assessment = await getAssessment(deps.sql, payload.assessmentId);
  if (assessment.isDefault) await endFailed(deps, { id: payload.analysisId, run: payload.run }, error);
  return error;
}
