import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createChildOutput, describeRecord, parseLogLine, type LogRecord } from '../../../src/embedded/child-output.js';

test('a line of pino keeps its fields and gets the name of the child', () => {
  const line =
    '{"level":"info","time":"2026-01-01T00:00:00.000Z","process":"worker","pid":7,"frames":60,"msg":"segment done"}';
  expect(parseLogLine(line, 'worker-2', 0)).toEqual({
    level: 'info',
    time: '2026-01-01T00:00:00.000Z',
    process: 'worker-2',
    pid: 7,
    frames: 60,
    msg: 'segment done',
  });
});

test.each(['Error: boom', '{"half":', '"text"', 'null', '[1]'])('%s is wrapped as a warning', (line) => {
  expect(parseLogLine(line, 'api', 0)).toEqual({
    level: 'warn',
    time: '1970-01-01T00:00:00.000Z',
    process: 'api',
    msg: line,
  });
});

test('an error behind a message is told with it, but not twice', () => {
  const record = { level: 'error', time: '', msg: 'job failed', err: { message: 'disk full' } };
  expect(describeRecord(record)).toBe('job failed: disk full');
  expect(describeRecord({ ...record, msg: 'disk full' })).toBe('disk full');
});

test('every line goes to the file as JSON and the last twenty are remembered', async () => {
  const written: string[] = [];
  const seen: LogRecord[] = [];
  const output = createChildOutput({
    name: 'api',
    file: { path: '', write: (line) => written.push(line), close: () => undefined },
    nowMs: () => 0,
    onLine: (record) => seen.push(record),
  });
  const stream = new PassThrough();
  output.attach(stream);
  for (let index = 0; index < 25; index += 1) stream.write(`line ${index}\n\n`);
  stream.end();
  await expect.poll(() => seen.length).toBe(25);
  expect(written.map((line) => (JSON.parse(line) as LogRecord).msg)).toEqual(seen.map((record) => record.msg));
  expect(output.tail()).toEqual(Array.from({ length: 20 }, (_unused, index) => `line ${index + 5}`));
});
