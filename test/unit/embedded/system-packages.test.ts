import { expect, test } from 'vitest';
import type { CommandResult } from '../../../src/embedded/run-command.js';
import { installWithApt, type PackageSystem } from '../../../src/embedded/system-packages.js';

/** Answers every command by its text; what nobody expects fails. */
function fakeSystem(options: { uid: number; hasApt?: boolean; answers: Record<string, CommandResult[]> }) {
  const commands: string[] = [];
  const system: PackageSystem = {
    uid: options.uid,
    hasApt: options.hasApt ?? true,
    env: {},
    run: (command, args) => {
      const text = [command, ...args].join(' ');
      commands.push(text);
      const key = Object.keys(options.answers).find((part) => text.includes(part)) ?? '';
      return Promise.resolve(options.answers[key]?.shift() ?? { exitCode: 1, output: 'unexpected command' });
    },
  };
  return { system, commands };
}

const OK: CommandResult = { exitCode: 0, output: '' };
const FAILED: CommandResult = { exitCode: 100, output: 'E: one\nE: two\nE: three\nE: Unable to locate package' };

test('root calls apt-get directly', async () => {
  const { system, commands } = fakeSystem({ uid: 0, answers: { 'apt-get install': [OK] } });
  const said: string[] = [];
  await expect(installWithApt('ffmpeg', system, (line) => said.push(line))).resolves.toEqual({ kind: 'installed' });
  expect(commands).toHaveLength(1);
  expect(commands[0]).toMatch(/^env DEBIAN_FRONTEND=noninteractive apt-get install .* ffmpeg$/);
  expect(said.join()).toContain('Installing ffmpeg');
});

test('without package lists they are fetched and the installation is tried again', async () => {
  const { system, commands } = fakeSystem({
    uid: 0,
    answers: { 'apt-get install': [FAILED, OK], 'apt-get update': [OK] },
  });
  await expect(installWithApt('redis', system, () => undefined)).resolves.toEqual({ kind: 'installed' });
  expect(commands.map((command) => /apt-get (\w+)/.exec(command)?.[1])).toEqual(['install', 'update', 'install']);
  expect(commands.at(-1)).toMatch(/ redis-server$/);
});

test('others use a sudo that asks for nothing', async () => {
  const { system, commands } = fakeSystem({ uid: 1000, answers: { 'sudo -n true': [OK], 'apt-get install': [OK] } });
  await expect(installWithApt('ffmpeg', system, () => undefined)).resolves.toEqual({ kind: 'installed' });
  expect(commands[1]).toMatch(/^sudo -n env .*apt-get install/);
});

test.each([
  ['sudo would ask for a password', { uid: 1000, answers: {} }],
  ['there is no apt-get', { uid: 0, hasApt: false, answers: {} }],
])('nothing is tried where %s', async (_case, options) => {
  const { system, commands } = fakeSystem(options);
  const said: string[] = [];
  await expect(installWithApt('ffmpeg', system, (line) => said.push(line))).resolves.toEqual({ kind: 'not_allowed' });
  expect(said).toEqual([]);
  expect(commands.filter((command) => command.includes('apt-get'))).toEqual([]);
});

test('a failure brings the last words of apt-get', async () => {
  const { system } = fakeSystem({ uid: 0, answers: { 'apt-get install': [FAILED, FAILED], 'apt-get update': [OK] } });
  const outcome = await installWithApt('ffmpeg', system, () => undefined);
  expect(outcome).toEqual({ kind: 'failed', lastWords: 'E: two\n  E: three\n  E: Unable to locate package' });
});
