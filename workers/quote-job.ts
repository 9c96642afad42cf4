import path from 'node:path';
import { findQuote, finishQuote, type QuoteResult, type QuoteRow } from '../src/db/quotes.js';
import { getUpload } from '../src/db/uploads.js';
import { downloadSource } from '../src/ingest/download.js';
import type { JobContext, JobOutcome, QueueHandler } from '../src/queue/consumer.js';
import { HivisError, toHivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { storedError } from './finish-analysis.js';
import { asFinal } from './guarded-run.js';
import { chooseEveryN, probeSource, type ProbedSource } from './ingest-plan.js';

/** Somebody waits for the answer. */
const MAX_ATTEMPTS = 2;

/** A dry run: look at the video under the same guards as an analysis and keep nothing but the figures. */
export function createQuoteHandler(deps: JobDeps): QueueHandler<'quotes'> {
  return {
    concurrency: 1,
    maxCrashes: 2,
    handle: async ({ quoteId }, context) => {
      const quote = await findQuote(deps.sql, quoteId);
      return quote?.status === 'pending' ? answer(deps, quote, context) : { outcome: 'inactive' };
    },
    onGivenUp: async ({ quoteId }, error) => {
      await finishQuote(deps.sql, quoteId, { error: storedError(error) });
    },
  };
}

async function answer(deps: JobDeps, quote: QuoteRow, context: JobContext): Promise<JobOutcome> {
  try {
    const probed = await withVideo(deps, quote, context.signal, (filePath) =>
      probeSource(deps, filePath, context.signal),
    );
    await finishQuote(deps.sql, quote.id, { result: toResult(deps, quote, probed) });
    return { outcome: 'ready' };
  } catch (thrown) {
    const error = toHivisError(thrown);
    throw context.attempt >= MAX_ATTEMPTS ? asFinal(error) : error;
  }
}

async function withVideo<T>(
  deps: JobDeps,
  quote: QuoteRow,
  signal: AbortSignal,
  work: (filePath: string) => Promise<T>,
): Promise<T> {
  if (quote.uploadId !== null) {
    const upload = await getUpload(deps.sql, quote.uploadId);
    return deps.sourceCache.withFile(upload.storageKey, upload.sizeBytes, work, { signal });
  }
  const { videoUrl } = quote;
  if (videoUrl === null) throw new HivisError('internal', `Quote ${quote.id} has neither a URL nor an upload.`);
  return deps.workFolders.withFolder(async (folder) => {
    const destinationPath = path.join(folder, 'source');
    const limits = { ...deps.config.download, maxBytes: deps.config.limits.maxSourceBytes };
    await downloadSource({ url: videoUrl, destinationPath, policy: deps.config.urls, limits, signal });
    return work(destinationPath);
  });
}

function toResult(deps: JobDeps, quote: QuoteRow, { probe, index, durationMs }: ProbedSource): QuoteResult {
  const frames = index.ptsUs.length;
  const everyNFrames = chooseEveryN(quote.settings, probe.fps, deps.config.defaults.everyNFrames);
  const { widthPx, heightPx, fps, codec } = probe;
  return { durationMs, frames, widthPx, heightPx, fps, codec, framesToAnalyze: Math.ceil(frames / everyNFrames) };
}
