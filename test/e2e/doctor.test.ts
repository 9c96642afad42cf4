import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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

/** A PATH with nothing but `env` and an apt-get (through sudo, too) that runs this script. */
function pathWithApt(script: string): string {
  const bin = folder();
  symlinkSync('/usr/bin/env', path.join(bin, 'env'));
  writeFileSync(path.join(bin, 'apt-get'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`, { mode: 0o755 });
  const sudo = '#!/bin/sh\nshift\n[ "$1" = true ] || exec "$@"\n';
  writeFileSync(path.join(bin, 'sudo'), sudo, { mode: 0o755 });
  return bin;
}

describe.skipIf(!existsSync('/usr/bin/apt-get'))('without ffmpeg on Debian or Ubuntu', () => {
  test('it is installed with apt-get, and that is said', async () => {
    const cwd = folder();
    const tools = path.join(cwd, 'installed');
    const bin = pathWithApt(
      `echo "$@" >> ${tools}; ln -sf "$(command -v ffmpeg)" "$(command -v ffprobe)" "$(dirname "$0")"`,
    );
    // A taken port ends it right after ffmpeg was found.
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { stderr, exitCode } = await runCli(['serve', '--port', String(port)], { cwd, env: { PATH: bin } });
    expect(readFileSync(tools, 'utf8')).toMatch(/^install -y .* ffmpeg\n$/);
    expect(stderr).toContain('Installing ffmpeg with apt-get');
    expect(stderr).toMatch(/^hivis: Port \d+ on 127\.0\.0\.1 is taken/m);
    expect(exitCode).toBe(1);
  });

  test('when that fails, what apt-get said and what to type are said', async () => {
    const env = { PATH: pathWithApt('echo "E: no network" >&2; exit 100') };
    const { stderr, exitCode } = await runCli(['analyze', SAMPLE], { cwd: folder(), env });
    expect(stderr).toMatch(/apt-get could not install ffmpeg:\n {2}E: no network\nInstall it yourself.*sudo apt-get/s);
    expect(exitCode).toBe(1);
  });
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
