import { setTimeout as delay } from 'node:timers/promises';
import type { AssessmentView, RulesRequest } from '../api/schemas.js';
import { HivisError, type ErrorCode } from '../shared/errors.js';
import type { ApiClient } from './api-client.js';
import { readSettings, type Context } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { defaultReportFolder, saveReport } from './report-folder.js';
import { printResult } from './result-output.js';
import { openServerSession } from './server-session.js';

export type RescoreOptions = { readonly out?: string; readonly dataDir?: string; readonly json?: boolean };

const POLL_MS = 200;

/** `hivis rescore`: a new assessment of stored detections. */
export async function rescore(
  context: Context,
  analysisId: string,
  rules: RulesRequest | undefined,
  options: RescoreOptions,
): Promise<ExitCode> {
  if (rules === undefined) {
    context.terminal.note('hivis: nothing to change. Give at least one rule, such as --required helmet (see --help).');
    return EXIT.usage;
  }
  const settings = readSettings(context.env, { HOST: '127.0.0.1', PORT: '0', DATA_DIR: options.dataDir });
  const { signal } = context.interrupts;
  const server = await openServerSession(context, settings, 0);
  try {
    const startedMs = Date.now();
    const work = async () => {
      const { id } = await server.client.createAssessment(analysisId, rules, signal);
      await waitForAssessment(server.client, analysisId, id, signal);
      const { name } = await server.client.getAnalysis(analysisId, signal);
      const folder = options.out ?? defaultReportFolder(name, id);
      return await saveReport(server.client, { analysisId, assessmentId: id, folder }, signal);
    };
    const saved = await Promise.race([work(), ...(server.stack === null ? [] : [server.stack.failure])]);
    printResult(context.terminal, saved, { elapsedMs: Date.now() - startedMs, json: options.json === true });
    return EXIT.ok;
  } finally {
    await server.close();
  }
}

async function waitForAssessment(
  client: ApiClient,
  analysisId: string,
  assessmentId: string,
  signal: AbortSignal,
): Promise<AssessmentView> {
  for (;;) {
    const view = await client.findAssessment(analysisId, assessmentId, signal);
    if (view.status === 'completed') return view;
    if (view.status === 'failed')
      throw new HivisError(
        (view.error?.code ?? 'internal') as ErrorCode,
        view.error?.message ?? 'It could not be judged.',
      );
    await delay(POLL_MS, undefined, { signal });
  }
}
