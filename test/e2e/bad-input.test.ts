import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.js';
import {
  createRunFolder,
  ensureBuilt,
  runCli,
  SAMPLE,
  startCli,
  type CliResult,
  type RunningCli,
} from '../support/cli.js';
import { findFreePort } from '../support/redis.js';
import { answer, startVideoServer, type VideoServer } from '../support/video-server.js';

/** One server for all of these; `analyze` finds and uses it, so each bad input costs a second and no start. */
const folder = createRunFolder();
let server: RunningCli;
let web: VideoServer;

function file(name: string): string {
  return path.join(folder.path, name);
}

function ffmpeg(...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
}

beforeAll(async () => {
  ensureBuilt();
  ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', file('audio.m4a'));
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=1', '-frames:v', '1', file('picture.png'));
  copyFileSync(SAMPLE, file('cut.mp4'));
  truncateSync(file('cut.mp4'), Math.floor(statSync(SAMPLE).size / 2));
  writeFileSync(file('empty.mp4'), '');
  writeFileSync(file('notes.mp4'), 'These are my notes.\n'.repeat(100));
  web = await startVideoServer({
    '/page.mp4': answer(200, '<!doctype html><title>Log in</title>', { 'content-type': 'text/html' }),
    '/good.mp4': answer(200, readFileSync(SAMPLE), { 'content-type': 'video/mp4' }),
  });
  server = startCli(['serve', '--port', '0'], { cwd: folder.path, env: { URL_ALLOW_PRIVATE: 'true' } });
  await server.printed(/Ctrl-C ends it/);
});
afterAll(async () => {
  server.process.kill('SIGTERM');
  await server.ended;
  await web.close();
  folder.remove();
});

async function analyze(argument: string, ...options: readonly string[]): Promise<CliResult> {
  return await runCli(['analyze', argument, ...options], { cwd: folder.path });
}

function expectOneMessage(result: CliResult, message: RegExp): void {
  const [, text = ''] = /^hivis: (.*)$/ms.exec(result.stderr) ?? [];
  expect(text).toMatch(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stdout).toBe('');
  expect(result.exitCode).toBe(1);
}

test.each([
  ['a file that is not there', 'nowhere.mp4', /no file nowhere\.mp4/],
  ['an empty file', 'empty.mp4', /empty/],
  ['audio only', 'audio.m4a', /no (video|picture)/i],
  ['an image', 'picture.png', /not a video|image|picture/i],
  ['text', 'notes.mp4', /not a video/i],
  ['not a URL', 'http://', /not a URL/],
  ['another scheme', 'ftp://example.com/a.mp4', /http:\/\/ and https:\/\/ only/],
])('%s', async (_case, name, message) => {
  expectOneMessage(await analyze(name), message);
});

test('a private address needs to be allowed, and how is said', async () => {
  const other = createRunFolder();
  onTestFinished(() => other.remove());
  const result = await runCli(['analyze', web.url('/good.mp4')], { cwd: other.path });
  expectOneMessage(result, /this machine.*--allow-private, or URL_ALLOW_PRIVATE=true/s);
});

test('an unknown model is answered with the known ones', async () => {
  expectOneMessage(await analyze(SAMPLE, '--model', 'nothing'), /ppe-yolov8n/);
});

test('an unreachable host', async () => {
  const port = await findFreePort();
  expectOneMessage(await analyze(`http://127.0.0.1:${port}/a.mp4`), /127\.0\.0\.1/);
  expectOneMessage(await analyze('http://no-such-host.invalid/a.mp4'), /no-such-host\.invalid/);
});

test('404, and a page instead of a video', async () => {
  expectOneMessage(await analyze(web.url('/missing.mp4')), /404/);
  expectOneMessage(await analyze(web.url('/page.mp4')), /HTML|web page|not a video/i);
});

test('a cut-off file is analysed as far as it goes, and says so with figures', async () => {
  const { stdout, exitCode } = await analyze('cut.mp4', '--out', file('cut'));
  expect(stdout).toMatch(/^Incomplete: \d+ of 180 frames/m);
  expect(exitCode).toBe(0);
  const { completeness } = reportSchema.parse(JSON.parse(readFileSync(file('cut/report.json'), 'utf8')));
  expect(completeness).toMatchObject({ framesExpected: 180, complete: false });
  expect(completeness.framesAnalyzed).toBeGreaterThan(5);
  expect(completeness.framesAnalyzed).toBeLessThan(36);
});

test('a URL is downloaded and analysed like the file', async () => {
  const { stdout, exitCode } = await analyze(web.url('/good.mp4'), '--out', file('good'));
  expect(stdout).toContain('Violations found');
  expect(exitCode).toBe(0);
  const report = reportSchema.parse(JSON.parse(readFileSync(file('good/report.json'), 'utf8')));
  expect(report.summary.persons).toBe(4);
  expect(report.source.url).toBe(web.url('/good.mp4'));
});
