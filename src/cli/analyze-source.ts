import type { AnalysisView, CreateAnalysisRequest } from '../api/schemas.js';
import type { Config } from '../config/config.js';
import { readDataDirLock } from '../embedded/data-dir-lock.js';
import { parsePublicUrl } from '../ingest/url-guard.js';
import { HivisError, toHivisError, type ErrorCode } from '../shared/errors.js';
import type { ApiClient } from './api-client.js';
import { readSettings, type Context } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { followAnalysis, hasEnded } from './follow.js';
import { formatBytes } from './format.js';
import { createProgressDisplay, type ProgressDisplay } from './progress-bar.js';
import { describeProgress } from './progress-view.js';
import { defaultReportFolder, saveReport, type SavedReport } from './report-folder.js';
import { printResult } from './result-output.js';
import { createRunMemory, type RunMemory } from './run-memory.js';
import { openServerSession, type ServerSession } from './server-session.js';
import { readSource, type Source } from './source-argument.js';

export type AnalyzeOptions = {
  readonly out?: string;
  readonly dataDir?: string;
  readonly allowPrivate?: boolean;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly failOnViolation?: boolean;
};

type Job = {
  readonly context: Context;
  readonly source: Source;
  readonly request: CreateAnalysisRequest;
  readonly memory: RunMemory;
  readonly display: ProgressDisplay;
  readonly startedMs: number;
};

/** Other servers of the data folder may end while we watch; we then go on with one of our own. */
const MAX_SERVERS = 5;

/** `hivis analyze`: from the argument to the printed verdict. */
export async function analyzeSource(
  context: Context,
  argument: string,
  request: CreateAnalysisRequest,
  options: AnalyzeOptions,
): Promise<ExitCode> {
  const source = await readSource(argument);
  const settings = readSettings(context.env, {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: options.dataDir,
    URL_ALLOW_PRIVATE: options.allowPrivate === true ? 'true' : undefined,
  });
  const job: Job = {
    context,
    source,
    request,
    memory: createRunMemory(settings.config.dataDir, source, request),
    display: createProgressDisplay(context.terminal),
    startedMs: Date.now(),
  };
  announceSource(context, source);
  await assertUrlAllowed(source, settings.config);
  for (let attempt = 1; ; attempt += 1) {
    const sourceBytes = source.kind === 'file' ? source.sizeBytes : 0;
    let server: ServerSession | null = null;
    try {
      server = await openServerSession(context, settings, sourceBytes);
      return await runOn(server, job, options);
    } catch (error) {
      job.display.stop();
      if (context.interrupts.signal.aborted) return await sayHowToResume(job);
      const isOtherServerGone = toHivisError(error).code === 'server_unreachable' && server?.stack === null;
      if (!isOtherServerGone || attempt === MAX_SERVERS) throw error;
      context.terminal.note('The server that was used has ended; starting one to go on.');
    } finally {
      await server?.close();
    }
  }
}

async function runOn(server: ServerSession, job: Job, options: AnalyzeOptions): Promise<ExitCode> {
  const { context, display, memory } = job;
  const { signal } = context.interrupts;
  const work = async (): Promise<SavedReport> => {
    const analysisId = await findOrSubmit(server.client, job);
    const view = await followAnalysis({
      client: server.client,
      analysisId,
      onView: (current) => {
        if (!hasEnded(current)) display.show(describeProgress(current));
      },
      isServerGone: () => server.isGone(),
      signal,
    });
    display.stop();
    await memory.forget();
    assertSucceeded(view);
    const folder = options.out ?? defaultReportFolder(view.name, analysisId);
    return await saveReport(server.client, { analysisId, assessmentId: null, folder }, signal);
  };
  const saved = await Promise.race([work(), ...(server.stack === null ? [] : [server.stack.failure])]);
  printResult(context.terminal, saved, { elapsedMs: Date.now() - job.startedMs, json: options.json === true });
  if (options.keep === true) await keepServing(context, server, saved.report.analysis.id);
  return options.failOnViolation === true && saved.report.summary.violations > 0 ? EXIT.violationsFound : EXIT.ok;
}

/** Continues what an earlier run of the same command began, if that can still be continued. */
async function findOrSubmit(client: ApiClient, job: Job): Promise<string> {
  const { signal } = job.context.interrupts;
  const known = await job.memory.find();
  const earlier = known === undefined ? undefined : await findAnalysis(client, known, signal);
  if (earlier !== undefined && (!hasEnded(earlier) || earlier.summary !== null)) {
    job.context.terminal.note(`Continuing the analysis that was begun before (${earlier.id})`);
    return earlier.id;
  }
  const view = await submit(client, job);
  await job.memory.remember(view.id);
  return view.id;
}

async function findAnalysis(client: ApiClient, id: string, signal: AbortSignal): Promise<AnalysisView | undefined> {
  try {
    return await client.getAnalysis(id, signal);
  } catch (error) {
    if (toHivisError(error).code === 'analysis_not_found') return undefined;
    throw error;
  }
}

async function submit(client: ApiClient, { context, source, request, display }: Job): Promise<AnalysisView> {
  const { signal } = context.interrupts;
  if (source.kind === 'url')
    return await client.createAnalysis({ name: source.name, ...request, videoUrl: source.url }, signal);
  const upload = await client.upload(
    source.path,
    (bytesDone) =>
      display.show({
        label: 'Copying the file',
        percent: (bytesDone / source.sizeBytes) * 100,
        detail: `${formatBytes(bytesDone)} of ${formatBytes(source.sizeBytes)}`,
      }),
    signal,
  );
  return await client.createAnalysis({ name: source.name, ...request, uploadId: upload.id }, signal);
}

function assertSucceeded(view: AnalysisView): void {
  if (view.status === 'completed' || view.status === 'completed_partial') return;
  if (view.status === 'cancelled') throw new HivisError('cancelled', 'The analysis was cancelled.');
  throw new HivisError((view.error?.code ?? 'internal') as ErrorCode, view.error?.message ?? 'The analysis failed.');
}

/** A server of our own would refuse the URL by these settings, so it need not be started for that. */
async function assertUrlAllowed(source: Source, config: Config): Promise<void> {
  if (source.kind === 'url' && (await readDataDirLock(config.dataDir)) === undefined)
    parsePublicUrl(source.url, config.urls);
}

function announceSource({ terminal }: Context, source: Source): void {
  const detail = source.kind === 'file' ? formatBytes(source.sizeBytes) : new URL(source.url).host;
  terminal.note(`${terminal.paintNote('bold', source.name)} ${terminal.paintNote('dim', `(${detail})`)}`);
}

async function sayHowToResume({ context, memory }: Job): Promise<ExitCode> {
  const begun = (await memory.find()) !== undefined;
  context.terminal.note(
    begun
      ? 'Interrupted. Run the same command again (or hivis serve) to resume.'
      : 'Interrupted before the analysis had begun.',
  );
  return EXIT.interrupted;
}

async function keepServing(
  { terminal, interrupts }: Context,
  server: ServerSession,
  analysisId: string,
): Promise<void> {
  terminal.note(`\nStill serving ${server.client.url}/#/analyses/${analysisId} (Ctrl-C ends it)`);
  if (server.stack === null) return;
  const interrupted = new Promise<void>((resolve) => interrupts.signal.addEventListener('abort', () => resolve()));
  await Promise.race([interrupted, server.stack.failure]);
}
