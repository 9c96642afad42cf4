import { getAnalysis } from '../src/db/analyses.js';
import { findDefaultAssessment } from '../src/db/assessments.js';
import {
  claimSegment,
  commitSegment,
  countSegments,
  heartbeatSegment,
  recordSegmentError,
  releaseSegment,
  type SegmentClaim,
} from '../src/db/segments.js';
import {
  isHandBack,
  PostponeError,
  type JobContext,
  type JobOutcome,
  type QueueHandler,
} from '../src/queue/consumer.js';
import { reportJobId, type Payload } from '../src/queue/definitions.js';
import { HivisError, toHivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { endFailed, storedError } from './finish-analysis.js';
import { runForAnalysis } from './guarded-run.js';
import { requirePlanned, runSegment, type SegmentFindings } from './segment-run.js';
import { HELD_PAUSE_MS, Pulse, takeOverAfterMs } from './pulse.js';

type Claimed = Extract<SegmentClaim, { kind: 'claimed' }>;

/**
 * Segment: claim (raises the fencing epoch) → decode → detect → one transaction. A worker may die at any instruction: the
 * next claim shuts its late result out, and attempts are counted in the database because a crash leaves none in the queue.
 */
export function createSegmentHandler(deps: JobDeps): QueueHandler<'segments'> {
  return {
    // ORT blocks its thread: more at once would not be faster.
    concurrency: 1,
    maxCrashes: 1_000,
    handle: (payload, context) => handleSegment(deps, payload, context),
  };
}

async function handleSegment(deps: JobDeps, key: Payload<'segments'>, context: JobContext): Promise<JobOutcome> {
  const { maxSegmentAttempts: maxAttempts } = deps.config.worker;
  const limits = { maxAttempts, takeOverAfterMs: takeOverAfterMs(deps.config.queue.lockDurationMs) };
  const claim = await claimSegment(deps.sql, { ...key, ...limits, workerId: deps.workerId });
  switch (claim.kind) {
    case 'inactive':
      return { outcome: 'inactive' };
    case 'done':
      // Its worker died between the commit and the queue; whoever is last sees to the report.
      await afterCommit(deps, key);
      return { outcome: 'done already' };
    case 'held':
      throw new PostponeError(HELD_PAUSE_MS);
    case 'exhausted':
      throw await giveUp(deps, key, claim.attempts, claim.error);
    case 'claimed':
      if (claim.attempt > 1) deps.meters.add('segmentRetries', 1);
      return runForAnalysis(deps, { id: key.analysisId, run: key.run }, context, (signal) =>
        workOn(deps, key, claim, context, signal),
      );
  }
}

async function workOn(
  deps: JobDeps,
  key: Payload<'segments'>,
  claim: Claimed,
  context: JobContext,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const startMs = performance.now();
  const { epoch, segment } = claim;
  const planned = segment.sampledCount;
  let framesDone = 0;
  const pulse = new Pulse(async () => {
    const answer = await heartbeatSegment(deps.sql, key, epoch, framesDone);
    if (answer !== 'ok') return endOf(answer, key);
    await context.progress((100 * framesDone) / planned, { framesDone, framesTotal: planned });
    return undefined;
  }, context.log);
  try {
    const row = requirePlanned(await getAnalysis(deps.sql, key.analysisId));
    const stop = AbortSignal.any([signal, pulse.signal]);
    const found = await runSegment(deps, row, segment, stop, (done) => (framesDone = done));
    await pulse.stop();
    await commitSegment(deps.sql, key, epoch, found);
    meter(deps, found);
    await afterCommit(deps, key);
    return { outcome: 'done', frames: found.frames.length, planned };
  } catch (thrown) {
    await pulse.stop();
    throw await settleAttempt(deps, key, claim, context, thrown);
  } finally {
    deps.meters.add('busyMs', performance.now() - startMs);
  }
}

function endOf(answer: 'fenced' | 'cancelled', key: Payload<'segments'>): HivisError {
  if (answer === 'cancelled') return new HivisError('cancelled', `Analysis ${key.analysisId} needs no more work.`);
  return new HivisError('fenced_out', `Segment ${key.segmentIndex} of ${key.analysisId} was given to another worker.`);
}

function meter(deps: JobDeps, found: SegmentFindings): void {
  deps.meters.add('framesAnalyzed', found.frames.length);
  deps.meters.add('segmentsDone', 1);
  deps.meters.add('inferenceMs', found.inferenceMs);
  deps.meters.add('decodeMs', found.decodeMs);
}

/** What an attempt that did not commit leaves behind; gives the error to throw. */
async function settleAttempt(
  deps: JobDeps,
  key: Payload<'segments'>,
  claim: Claimed,
  context: JobContext,
  thrown: unknown,
): Promise<unknown> {
  if (isHandBack(context.signal)) {
    await releaseSegment(deps.sql, key, claim.epoch);
    return thrown;
  }
  const error = toHivisError(thrown);
  if (error.code === 'fenced_out') deps.meters.add('fencedWrites', 1);
  if (error.code === 'fenced_out' || error.code === 'cancelled') return error;
  const isOurs = await recordSegmentError(deps.sql, key, claim.epoch, storedError(error));
  if (isOurs && !error.retryable) return giveUp(deps, key, claim.attempt, storedError(error));
  return error;
}

type LastError = { readonly code: string; readonly message: string } | null;

/** Fails the analysis with an error that names the segment; other analyses go on. */
async function giveUp(deps: JobDeps, key: Payload<'segments'>, attempts: number, last: LastError): Promise<HivisError> {
  const cause =
    last === null
      ? 'Each time the worker process died while it was at it; look for its exit in the worker log.'
      : `The last error was ${last.code}: ${last.message}`;
  const error = new HivisError(
    'segment_failed',
    `Segment ${key.segmentIndex} failed ${attempts} time(s). ${cause} Retry continues with what is left to do.`,
    { details: { segmentIndex: key.segmentIndex, attempts, lastError: last } },
  );
  await endFailed(deps, { id: key.analysisId, run: key.run }, error);
  return error;
}

/**
 * Shows the progress at the waiting report job, and queues the report when this was the last segment and no flow waits
 * for it (segments that were queued again one by one have no parent).
 */
async function afterCommit(deps: JobDeps, key: Payload<'segments'>): Promise<void> {
  const { analysisId, run } = key;
  const assessment = await findDefaultAssessment(deps.sql, analysisId);
  if (assessment === undefined) return;
  const report = { analysisId, run, assessmentId: assessment.id };
  const { done, total } = await countSegments(deps.sql, analysisId);
  await deps.producer.showProgress(report, {
    progress: Math.floor((100 * done) / total),
    segmentsDone: done,
    segmentsTotal: total,
  });
  if (done < total) return;
  if ((await deps.producer.presence('reports', reportJobId(report))) !== 'lost') return;
  await deps.producer.enqueueReport(await getAnalysis(deps.sql, analysisId), assessment.id);
}
