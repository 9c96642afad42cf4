import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { reportSchema, type Report } from '../report/schema.js';
import { HivisError } from '../shared/errors.js';
import type { ApiClient } from './api-client.js';

export type ReportFiles = {
  readonly pdf: string;
  readonly html: string;
  readonly csv: string;
  readonly json: string;
  readonly evidence: readonly string[];
};

export type SavedReport = { readonly report: Report; readonly folder: string; readonly files: ReportFiles };

/** report/<name>-<short id>: readable, and different for every analysis. */
export function defaultReportFolder(name: string, analysisId: string): string {
  const base = path
    .parse(name)
    .name.replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return path.join('report', `${base.slice(0, 60) || 'video'}-${analysisId.slice(-6)}`);
}

/** Fetches a finished report in its four formats and its evidence stills into a folder. */
export async function saveReport(
  client: ApiClient,
  target: { readonly analysisId: string; readonly assessmentId: string | null; readonly folder: string },
  signal: AbortSignal,
): Promise<SavedReport> {
  const query = target.assessmentId === null ? '' : `?assessment=${target.assessmentId}`;
  const route = (name: string): string => `/v1/analyses/${target.analysisId}/${name}${query}`;
  const text = await client.getText(route('report.json'), signal);
  const report = reportSchema.parse(JSON.parse(text));

  const folder = path.resolve(target.folder);
  const evidenceFolder = path.join(folder, 'evidence');
  await makeFolder(evidenceFolder);
  await removeOldStills(evidenceFolder);
  const file = (extension: string): string => path.join(folder, `report.${extension}`);
  await writeFile(file('json'), text);
  for (const extension of ['pdf', 'html', 'csv'])
    await client.download(route(`report.${extension}`), file(extension), signal);

  const evidence: string[] = [];
  for (const violation of report.violations) {
    if (violation.evidence === null) continue;
    const still = path.join(evidenceFolder, path.basename(violation.evidence.file));
    await client.download(route(`violations/${violation.number}/evidence.jpg`), still, signal);
    evidence.push(still);
  }
  return {
    report,
    folder,
    files: { pdf: file('pdf'), html: file('html'), csv: file('csv'), json: file('json'), evidence },
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HivisError('storage_failed', `The report folder cannot be made: ${reason}. Choose another with --out.`, {
      cause,
    });
  }
}

/** Stills of an earlier run would look as if they belonged to this report. */
async function removeOldStills(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^violation-\d+\.jpg$/.test(name));
  await Promise.all(names.map((name) => rm(path.join(folder, name))));
}
