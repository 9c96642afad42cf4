import { expect, test } from 'vitest';
import { renderLogLine } from '../../../src/cli/log-line.js';

const plain = (_colour: string, text: string): string => text;
const RECORD = { level: 'info', time: '2026-01-01T12:03:11.500Z', process: 'worker-1', pid: 7, msg: 'segment done' };

test('time, process, message and the short fields', () => {
  const record = { ...RECORD, segmentIndex: 3, frames: 60, box: { x: 1 }, text: 'x'.repeat(100) };
  expect(renderLogLine(record, plain)).toBe('12:03:11 worker-1  segment done segmentIndex=3 frames=60');
});

test('the cause of an error stands behind its message', () => {
  const record = { ...RECORD, level: 'error', msg: 'job failed', err: { message: 'disk full', stack: 'at …' } };
  expect(renderLogLine(record, plain)).toBe('12:03:11 worker-1  job failed: disk full');
});

test('debug lines are for the file', () => {
  expect(renderLogLine({ ...RECORD, level: 'debug' }, plain)).toBeNull();
});
