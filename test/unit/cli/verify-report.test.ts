import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { verifyReport } from '../../../src/cli/verify-report.js';
import type { Report } from '../../../src/report/schema.js';
import { demoReport } from '../../fixtures/reports/sample-reports.js';

const VIDEO = Buffer.from('the video');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const still = (number: number): Buffer => Buffer.from(`still ${number}`);

/** The demo report with stills whose hashes are right. */
function writeReport(change: (report: Report) => void = () => undefined): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-verify-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'evidence'));
  const report = demoReport();
  report.source.sha256 = sha256(VIDEO);
  for (const violation of report.violations) {
    if (violation.evidence === null) continue;
    violation.evidence.sha256 = sha256(still(violation.number));
    writeFileSync(path.join(folder, violation.evidence.file), still(violation.number));
  }
  change(report);
  writeFileSync(path.join(folder, 'report.json'), JSON.stringify(report));
  writeFileSync(path.join(folder, 'gate.mp4'), VIDEO);
  return folder;
}

test('an untouched report', async () => {
  const folder = writeReport();
  const checks = await verifyReport(folder, path.join(folder, 'gate.mp4'));
  expect(checks.map((check) => [check.name, check.ok])).toEqual([
    ['report.json', true],
    ['evidence/violation-001.jpg', true],
    ['evidence/violation-002.jpg', true],
    ['evidence/violation-003.jpg', true],
    ['gate.mp4', true],
  ]);
});

test('a changed still, a missing still and another video are each named', async () => {
  const folder = writeReport();
  writeFileSync(path.join(folder, 'evidence/violation-001.jpg'), 'retouched');
  rmSync(path.join(folder, 'evidence/violation-003.jpg'));
  writeFileSync(path.join(folder, 'other.mp4'), 'another');
  const checks = await verifyReport(folder, path.join(folder, 'other.mp4'));
  expect(checks.filter((check) => !check.ok).map((check) => [check.name, check.finding.split(':')[0]])).toEqual([
    ['evidence/violation-001.jpg', 'changed'],
    ['evidence/violation-003.jpg', 'missing'],
    ['other.mp4', 'changed'],
  ]);
});

test('a report cannot point at files outside its folder', async () => {
  const folder = writeReport((report) => {
    const evidence = report.violations[0]?.evidence;
    if (evidence) Object.assign(evidence, { file: '../../gate.mp4', sha256: sha256(VIDEO) });
  });
  const [, first] = await verifyReport(folder, null);
  expect(first).toMatchObject({ ok: false, finding: 'missing' });
});

test('a folder without a report, and a file that is none', async () => {
  await expect(verifyReport('/nowhere', null)).rejects.toThrow(/no readable .*report\.json/);
  const folder = writeReport();
  writeFileSync(path.join(folder, 'report.json'), '{"schemaVersion":"0.1"}');
  await expect(verifyReport(folder, null)).rejects.toThrow(/not a report of this version/);
});
