import { toCancelled } from '../src/shared/abort.js';
import { HivisError, toHivisError } from '../src/shared/errors.js';
import { isHandBack, type JobContext, type JobOutcome } from '../src/queue/consumer.js';
import type { JobDeps } from './deps.js';
import { endCancelled, endFailed } from './finish-analysis.js';

type Analysis = { readonly id: string; readonly run: number };

/**
 * Runs the work of an analysis with a signal that ends it when the analysis was cancelled, failed, retried or deleted, or
 * when this process has to stop. A cancelled analysis is ended here, after the work has let go of its files.
 */
export async function runForAnalysis(
  deps: JobDeps,
  analysis: Analysis,
  context: JobContext,
  work: (signal: AbortSignal) => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const watch = deps.cancellations.watch(analysis.id, analysis.run);
  try {
    return await work(AbortSignal.any([watch.signal, context.signal]));
  } catch (thrown) {
    if (isHandBack(context.signal)) throw thrown;
    const error = watch.signal.aborted ? toCancelled(watch.signal.reason) : toHivisError(thrown);
    if (error.code === 'cancelled') await endCancelled(deps, analysis);
    throw error;
  } finally {
    watch.release();
  }
}

/** An error as one that the queue does not try again. */
export function asFinal(error: HivisError): HivisError {
  if (!error.retryable) return error;
  return new HivisError(error.code, error.message, { details: error.details, cause: error });
}

/**
 * Ends the analysis when trying again cannot help, before the queue is told: the queue's word may get lost with this
 * process. Gives the error back to be thrown.
 */
export async function failIfFinal(deps: JobDeps, analysis: Analysis, error: HivisError): Promise<HivisError> {
  const isFailure = error.code !== 'cancelled' && error.code !== 'fenced_out';
  if (isFailure && !error.retryable) await endFailed(deps, analysis, error);
  return error;
}
