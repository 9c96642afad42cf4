import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.js';
import { createRunFolder, ensureBuilt, runCli, SAMPLE, startCli, type CliResult } from '../support/cli.js';

const folder = createRunFolder();
const out = path.join(folder.path, 'out');
let result: CliResult;

beforeAll(async () => {
  ensureBuilt();
  result = await runCli(['analyze', SAMPLE, '--out', out], { cwd: folder.path });
});
afterAll(() => folder.remove());

test('ends with exit code 0 and says on stderr what it did', () => {
  expect(result.stderr).toMatch(/^site-demo\.mp4 \([\d.]+ [kM]B\)\n/);
  expect(result.stderr).toMatch(/Started with 2 workers in /);
  expect(result.stderr).toMatch(/^Analysing( \d+ %)?/m);
  expect(result.stderr).toMatch(/Analysed 36 frames of 15 s of video in /);
  expect(result.exitCode).toBe(0);
});

test('prints the verdict as a table and where the files are', () => {
  expect(result.stdout).toMatch(/^Violations found\n/);
  expect(result.stdout).toMatch(/│ Helmet │ +[\d.]+ % │/);
  expect(result.stdout).toMatch(/│ 1 │ Person \d/);
  expect(result.stdout).toMatch(/PDF +out\/report\.pdf\n.*Page +out\/report\.html\n.*Table +out\/report\.csv/s);
});

test('writes nothing but text: no colours, no cursor movements', () => {
  // eslint-disable-next-line no-control-regex -- exactly these are looked for
  expect(result.stdout + result.stderr).not.toMatch(/\u001b/);
});

test('the report is valid and right about the sample', () => {
  const report = reportSchema.parse(JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')));
  expect(report.summary.persons).toBe(4);
  expect(report.completeness).toMatchObject({
    framesIndexed: 180,
    framesSampled: 36,
    framesAnalyzed: 36,
    complete: true,
  });
  expect(report.summary.violations).toBe(3);
  expect(report.source.fileName).toBe('site-demo.mp4');
});

test('the other formats and a still per violation lie beside it', () => {
  expect(readFileSync(path.join(out, 'report.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  expect(readFileSync(path.join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  expect(statSync(path.join(out, 'report.csv')).size).toBeGreaterThan(100);
  const stills = readdirSync(path.join(out, 'evidence'));
  expect(stills).toEqual(['violation-001.jpg', 'violation-002.jpg', 'violation-003.jpg']);
  for (const still of stills)
    expect(
      readFileSync(path.join(out, 'evidence', still))
        .subarray(0, 3)
        .toString('hex'),
    ).toBe('ffd8ff');
});

test('verify agrees with it, and disagrees with another video', async () => {
  const good = await runCli(['verify', out, '--source', SAMPLE], { cwd: folder.path });
  expect(good.stdout).toContain('Everything is as the report says.');
  expect(good.exitCode).toBe(0);
  const bad = await runCli(['verify', out, '--source', path.join(out, 'report.pdf')], { cwd: folder.path });
  expect(bad.stdout).toMatch(/report\.pdf {2}changed/);
  expect(bad.exitCode).toBe(1);
});

test('rescore judges by other rules, as JSON and with its own exit code for scripts', async () => {
  const { analysis } = reportSchema.parse(JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')));
  const rescored = await runCli(['rescore', analysis.id, '--required', 'vest', '--json'], { cwd: folder.path });
  expect(rescored.stderr).not.toMatch(/^hivis: /m);
  const answer = JSON.parse(rescored.stdout) as { analysisId: string; items: object; files: { json: string } };
  expect(answer.analysisId).toBe(analysis.id);
  expect(Object.keys(answer.items)).toEqual(['vest']);
  const report = reportSchema.parse(JSON.parse(readFileSync(answer.files.json, 'utf8')));
  expect(report.violations.map((violation) => violation.item)).toEqual(['vest']);
});

test('Ctrl-C stops it in order, and the same command continues the same analysis', async () => {
  const args = ['analyze', SAMPLE, '--every-n-frames', '1', '--fail-on-violation', '--json'];
  const first = startCli(args, { cwd: folder.path, env: { SEGMENT_TARGET_FRAMES: '10' } });
  await first.printed(/^Analysing \d+ %/m);
  first.process.kill('SIGINT');
  const interrupted = await first.ended;
  expect(interrupted.stderr).toMatch(/Interrupted\. Run the same command again \(or hivis serve\) to resume\./);
  expect(interrupted.exitCode).toBe(130);

  const second = await runCli(args, { cwd: folder.path, env: { SEGMENT_TARGET_FRAMES: '10' } });
  expect(second.stderr).toMatch(/Continuing the analysis that was begun before/);
  const answer = JSON.parse(second.stdout) as { analysisId: string; persons: number; files: { json: string } };
  expect(answer.persons).toBe(4);
  expect(second.exitCode).toBe(3);
  const report = reportSchema.parse(JSON.parse(readFileSync(answer.files.json, 'utf8')));
  expect(report.completeness).toMatchObject({ framesSampled: 180, framesAnalyzed: 180, complete: true });
});
