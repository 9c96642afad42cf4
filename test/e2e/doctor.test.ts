import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createRunFolder, ensureBuilt, runCli, SAMPLE } from '../support/cli.js';

beforeAll(() => ensureBuilt());

function folder(): string {
  const created = createRunFolder();
  onTestFinished(() => created.remove());
  return created.path;
}

test('doctor names what is missing and how to get it, and ends with exit code 1', async () => {
  const env = { FFMPEG_PATH: '/nowhere/ffmpeg', MODEL_ID: 'nothing', PORT: 'http' };
  const { stdout, exitCode } = await runCli(['doctor'], { cwd: folder(), env });
  expect(stdout).toMatch(/✘ settings .*PORT: /s);
  expect(stdout).toMatch(/✔ node /);
  expect(stdout).toMatch(/✔ postgres +embedded/);
  expect(stdout).toMatch(/Missing: settings/);
  expect(exitCode).toBe(1);
});

test('doctor with an ffmpeg that is not there', async () => {
  const { stdout, exitCode } = await runCli(['doctor'], { cwd: folder(), env: { FFMPEG_PATH: '/nowhere/ffmpeg' } });
  expect(stdout).toMatch(/✘ ffmpeg .*\/nowhere\/ffmpeg.*install/s);
  expect(stdout).toContain('Missing: ffmpeg.');
  expect(exitCode).toBe(1);
});

test('analyze does not install anything when the configured ffmpeg is not there', async () => {
  const env = { FFMPEG_PATH: '/nowhere/ffmpeg' };
  const { stderr, exitCode } = await runCli(['analyze', SAMPLE], { cwd: folder(), env });
  expect(stderr).toMatch(/^hivis: ffmpeg was not found \(\/nowhere\/ffmpeg\).*FFMPEG_PATH/m);
  expect(stderr).not.toContain('apt-get …');
  expect(exitCode).toBe(1);
});

test('a wrong setting is named with its variable', async () => {
  const { stderr, exitCode } = await runCli(['analyze', SAMPLE], { cwd: folder(), env: { JPEG_QUALITY: '0' } });
  expect(stderr).toMatch(/JPEG_QUALITY: /);
  expect(exitCode).toBe(1);
});

test('models lists the bundled model as verified', async () => {
  const { stdout, exitCode } = await runCli(['models'], { cwd: folder() });
  expect(stdout).toMatch(/ppe-yolov8n \(default\).*helmet, vest.*verified/);
  expect(exitCode).toBe(0);
});

test('migrate without DATABASE_URL says so and is wrong usage', async () => {
  const { stderr, exitCode } = await runCli(['migrate'], { cwd: folder() });
  expect(stderr).toContain('DATABASE_URL is not set');
  expect(exitCode).toBe(2);
});

test.each([
  [['analyze', SAMPLE, '--every-n-frames', '0'], 2],
  [['analyze'], 2],
  [['nonsense'], 2],
  [['--help'], 0],
  [['--version'], 0],
])('%j ends with exit code %i', async (args, expected) => {
  const { exitCode } = await runCli(args, { cwd: folder() });
  expect(exitCode).toBe(expected);
});
