import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLogFile } from '../../../src/embedded/log-file.js';

function temporaryFile(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'logs', 'api.log');
}

test('lines are appended to what was there', () => {
  const file = temporaryFile();
  for (const line of ['first', 'second']) {
    const log = openLogFile(file);
    log.write(line);
    log.close();
  }
  expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
});

test('a full file becomes the older part, and only one older part is kept', () => {
  const file = temporaryFile();
  const log = openLogFile(file, 8);
  for (const line of ['12345678', 'abcdefgh', 'ABCDEFGH']) log.write(line);
  log.close();
  expect(readFileSync(file, 'utf8')).toBe('ABCDEFGH\n');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('abcdefgh\n');
});

test('writing after the end does nothing', () => {
  const log = openLogFile(temporaryFile());
  log.close();
  expect(() => log.write('late')).not.toThrow();
});
