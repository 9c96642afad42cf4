import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { HivisError, toHivisError } from '../shared/errors.js';
import { DownloadWatchdog, type WatchdogLimits } from './download-watchdog.js';
import { chooseFileName } from './file-name.js';
import { createGuardedAgent, type Resolve } from './guarded-agent.js';
import { isBrokenConnection, toNetworkError } from './network-error.js';
import { discardBody, openSource, type OpenedSource } from './open-source.js';
import { PartFile } from './part-file.js';
import { continuesAt, findResumePoint, resumeHeaders, type ResumePoint } from './resume.js';
import type { Container } from './sniff.js';
import { parsePublicUrl } from './url-guard.js';
import type { UrlPolicy } from './url-policy.js';
import { VideoMeter, tooLarge } from './video-meter.js';

const PROGRESS_INTERVAL_MS = 500;
const MAX_RESUMPTIONS = 5;
const RESUME_DELAY_MS = 250;

type DownloadLimits = WatchdogLimits & { readonly maxRedirects: number; readonly maxBytes: number };

export type DownloadRequest = {
  readonly url: string;
  /** Its folder must exist. */
  readonly destinationPath: string;
  readonly policy: UrlPolicy;
  readonly limits: DownloadLimits;
  /** At most twice a second, and once at the end. Awaited; what it throws ends the download. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number | null) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve | undefined;
};

export type DownloadedSource = {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fileName: string;
  readonly contentType: string | null;
  readonly container: Container;
};

type Transfer = {
  readonly request: DownloadRequest;
  readonly url: URL;
  readonly agent: Dispatcher;
  readonly watchdog: DownloadWatchdog;
  readonly part: PartFile;
};

/**
 * Fetches a video to `destinationPath`, which appears only when the file is whole and a video. Throws HivisError:
 * invalid_url, url_not_allowed, host_unreachable, download_failed, download_timeout, source_too_large, source_empty,
 * source_not_a_video, disk_full, cancelled.
 */
export async function downloadSource(request: DownloadRequest): Promise<DownloadedSource> {
  const url = parsePublicUrl(request.url, request.policy);
  const part = await PartFile.open(request.destinationPath);
  const watchdog = new DownloadWatchdog(request.limits, request.signal);
  const agent = createGuardedAgent(request.policy, { resolve: request.resolve });
  try {
    return await transfer({ request, url, agent, watchdog, part });
  } catch (thrown) {
    throw watchdog.reason ?? toNetworkError(thrown, url.host) ?? toHivisError(thrown);
  } finally {
    watchdog.stop();
    await agent.destroy();
    await part.discard();
  }
}

async function transfer(context: Transfer): Promise<DownloadedSource> {
  const { request, part, watchdog } = context;
  const opened = await open(context);
  const totalBytes = await checkAnnouncement(opened, context);
  const contentType = opened.header('content-type');
  const meter = new VideoMeter({ maxBytes: request.limits.maxBytes, contentType });
  const report = createReporter(request.onProgress, totalBytes);
  const resumePoint = findResumePoint(opened, totalBytes);
  let body: AsyncIterable<Uint8Array> = opened.body;
  for (let resumptions = 0; ;) {
    const bytesBefore = meter.sizeBytes;
    try {
      await pump(body, meter, context, report);
      break;
    } catch (thrown) {
      const madeProgress = meter.sizeBytes > bytesBefore;
      if (resumePoint === null || !madeProgress || resumptions >= MAX_RESUMPTIONS || !isBrokenConnection(thrown))
        throw brokenOff(thrown, meter.sizeBytes, totalBytes);
      resumptions += 1;
      body = await resume(context, resumePoint, meter.sizeBytes, thrown);
    }
  }
  const metered = meter.finish();
  // The HTTP client checks every single answer; this is about the sum of a resumed transfer.
  if (totalBytes !== null && metered.sizeBytes !== totalBytes)
    throw brokenOff(undefined, metered.sizeBytes, totalBytes);
  await report(metered.sizeBytes, true);
  watchdog.signal.throwIfAborted();
  await part.commit();
  const fileName = chooseFileName(opened.header('content-disposition'), context.url, opened.url);
  return { ...metered, contentType, fileName };
}

function open(context: Transfer, headers: Readonly<Record<string, string>> = {}): Promise<OpenedSource> {
  const { url, agent, watchdog, request } = context;
  const { maxRedirects } = request.limits;
  return openSource({ url, agent, policy: request.policy, maxRedirects, signal: watchdog.signal, headers });
}

/** The announced size, checked against limit and disk before a byte is fetched; null when none is announced. */
async function checkAnnouncement(opened: OpenedSource, { request, part }: Transfer): Promise<number | null> {
  try {
    const text = opened.header('content-length');
    const totalBytes = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
    if (totalBytes !== null && totalBytes > request.limits.maxBytes)
      throw tooLarge(totalBytes, request.limits.maxBytes);
    if (opened.statusCode !== 200)
      throw new HivisError('download_failed', 'The server sent a part of the file unasked. Check the URL.');
    if (totalBytes !== null) await part.reserve(totalBytes);
    return totalBytes;
  } catch (thrown) {
    discardBody(opened.body);
    throw thrown;
  }
}

async function pump(
  body: AsyncIterable<Uint8Array>,
  meter: VideoMeter,
  { watchdog, part }: Transfer,
  report: (bytesDone: number) => Promise<void>,
): Promise<void> {
  watchdog.restartThroughput();
  for await (const chunk of body) {
    watchdog.received(chunk.length);
    meter.add(chunk);
    await part.write(chunk);
    await report(meter.sizeBytes);
    watchdog.awaitMore();
  }
}

/** Asks for the rest of the file; when the server cannot continue it, the original failure stands. */
async function resume(
  context: Transfer,
  point: ResumePoint,
  bytesDone: number,
  failure: unknown,
): Promise<AsyncIterable<Uint8Array>> {
  await delay(RESUME_DELAY_MS, undefined, { signal: context.watchdog.signal });
  const opened = await open(context, resumeHeaders(point, bytesDone)).catch((thrown: unknown) => {
    // A refused redirect is worth more than the reset before it; anything else is the same bad connection.
    throw thrown instanceof HivisError && thrown.code === 'url_not_allowed'
      ? thrown
      : brokenOff(failure, bytesDone, point.totalBytes);
  });
  if (continuesAt(opened, point, bytesDone)) return opened.body;
  discardBody(opened.body);
  throw brokenOff(failure, bytesDone, point.totalBytes);
}

/** A transfer that ended early, with the numbers; any other failure as it is. */
function brokenOff(thrown: unknown, bytesDone: number, totalBytes: number | null): unknown {
  if (thrown !== undefined && !isBrokenConnection(thrown)) return thrown;
  const of = totalBytes === null ? '' : ` of ${totalBytes}`;
  return new HivisError('download_failed', `The connection broke after ${bytesDone}${of} bytes. Try again later.`, {
    retryable: true,
    cause: thrown,
    details: { bytesDone, bytesTotal: totalBytes },
  });
}

function createReporter(
  onProgress: DownloadRequest['onProgress'],
  totalBytes: number | null,
): (bytesDone: number, isLast?: boolean) => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  return async (bytesDone, isLast = false) => {
    const nowMs = performance.now();
    if (onProgress === undefined || (!isLast && nowMs - lastMs < PROGRESS_INTERVAL_MS)) return;
    lastMs = nowMs;
    await onProgress(bytesDone, totalBytes);
  };
}
