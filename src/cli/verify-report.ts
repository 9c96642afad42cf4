import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { reportSchema, type Report } from '../report/schema.js';
import { HivisError } from '../shared/errors.js';
import { sha256File } from '../shared/hash.js';

export type VerifyCheck = { readonly name: string; readonly ok: boolean; readonly finding: string };

/** Compares the files beside a report.json, and the video if given, with the hashes that the report names. */
export async function verifyReport(folder: string, sourceFile: string | null): Promise<readonly VerifyCheck[]> {
  const report = await readReport(path.join(folder, 'report.json'));
  const checks: VerifyCheck[] = [
    { name: 'report.json', ok: true, finding: `valid, ${report.violations.length} violation(s)` },
  ];
  for (const { evidence } of report.violations)
    if (evidence !== null)
      // The base name alone: a forged report must not make us read files elsewhere.
      checks.push(
        await checkFile(evidence.file, path.join(folder, 'evidence', path.basename(evidence.file)), evidence.sha256),
      );
  if (sourceFile !== null) checks.push(await checkFile(path.basename(sourceFile), sourceFile, report.source.sha256));
  return checks;
}

async function readReport(file: string): Promise<Report> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new HivisError(
      'invalid_request',
      `There is no readable ${file}. Name the folder that hivis wrote a report to.`,
      {
        cause,
      },
    );
  }
  const parsed = reportSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HivisError(
    'invalid_request',
    `${file} is not a report of this version of hivis: ${issue === undefined ? '' : `${issue.path.join('.')}: `}${issue?.message ?? 'is not JSON'}.`,
  );
}

async function checkFile(name: string, file: string, expected: string): Promise<VerifyCheck> {
  try {
    const { sha256 } = await sha256File(file);
    return sha256 === expected
      ? { name, ok: true, finding: 'unchanged' }
      : { name, ok: false, finding: `changed: SHA-256 is ${sha256}, the report says ${expected}` };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { name, ok: false, finding: isMissing ? 'missing' : `cannot be read: ${String(error)}` };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
