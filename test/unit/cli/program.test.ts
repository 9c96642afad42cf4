import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { buildProgram } from '../../../src/cli/program.js';

/** Parses without running anything; what commander prints is collected. */
async function parse(...args: readonly string[]) {
  const printed: string[] = [];
  let ran = false;
  const program = buildProgram(() => {
    ran = true;
    return Promise.resolve();
  });
  const collect = (command: Command): void => {
    command.configureOutput({
      writeOut: (text) => printed.push(text),
      writeErr: (text) => printed.push(text),
    });
    command.commands.forEach(collect);
  };
  collect(program);
  const error = await program.parseAsync(args, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown as { code: string; exitCode: number },
  );
  return { error, ran, text: printed.join('') };
}

const COMMANDS = ['analyze', 'serve', 'rescore', 'verify', 'models', 'doctor', 'migrate'];

test.each(COMMANDS)('%s --help has an example', async (name) => {
  const { error, text } = await parse(name, '--help');
  expect(error?.exitCode).toBe(0);
  expect(text).toMatch(new RegExp(`Examples?:\\n.*hivis ${name}`, 's'));
});

test('no line of any help is longer than a terminal is wide', async () => {
  for (const args of [['--help'], ...COMMANDS.map((name) => [name, '--help'])]) {
    const { text } = await parse(...args);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

test.each([
  ['no file', ['analyze'], /missing required argument/],
  ['a second file', ['analyze', 'a.mp4', 'b.mp4'], /too many arguments/],
  ['N below 1', ['analyze', 'a.mp4', '--every-n-frames', '0'], /whole number from 1 to 10000/],
  ['an image size that no model takes', ['analyze', 'a.mp4', '--image-size', '16'], /whole number from 32/],
  ['items with a typing error', ['analyze', 'a.mp4', '--required', 'Helmet!'], /names separated by commas/],
  ['a time without an offset', ['analyze', 'a.mp4', '--recorded-at', '2026-03-01T06:00:00'], /ISO 8601/],
  ['an unknown option', ['analyze', 'a.mp4', '--outt', 'x'], /unknown option '--outt'\n\(Did you mean --out\?\)/],
  ['an unknown command', ['analyse', 'a.mp4'], /unknown command 'analyse'\n\(Did you mean analyze\?\)/],
  ['a port that is none', ['serve', '--port', '70000'], /whole number from 0 to 65535/],
])('wrong usage: %s', async (_case, args, message) => {
  const { error, ran, text } = await parse(...args);
  expect(error?.exitCode).toBe(1);
  expect(ran).toBe(false);
  expect(text).toMatch(message);
  expect(text).toMatch(/^hivis: /);
});

test('a good command line runs its action', async () => {
  const { error, ran } = await parse('analyze', 'a.mp4', '--every-n-frames', '1', '--required', 'helmet', '--json');
  expect(error).toBeNull();
  expect(ran).toBe(true);
});
