import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const program = (fault: string): string => `
  import { createLogger } from './src/shared/logger.ts';
  import { endOnUncaught } from './src/shared/uncaught.ts';
  endOnUncaught(createLogger({ level: 'info', name: 'test' }));
  setTimeout(() => console.log('still here'), 2000);
  ${fault}`;

it.each([
  ['thrown in a callback', `setImmediate(() => { throw new Error('socket is null'); });`],
  ['rejected without a catch', `void Promise.reject(new Error('socket is null'));`],
])('what is %s is logged as one line of JSON and ends the process', async (_, fault) => {
  const args = ['--import', 'tsx', '--input-type=module', '-e', program(fault)];
  const failure: unknown = await run(process.execPath, args).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stderr: '' });
  const [line, ...rest] = (failure as { stdout: string }).stdout.trim().split('\n');
  expect(rest).toEqual([]);
  expect(JSON.parse(line ?? '')).toMatchObject({ level: 'fatal', err: { message: 'socket is null' } });
});
