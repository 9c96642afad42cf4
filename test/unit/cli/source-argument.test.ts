import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSource } from '../../../src/cli/source-argument.js';

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-source-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a file', async () => {
  const file = path.join(temporaryFolder(), 'gate 3.mp4');
  writeFileSync(file, 'abc');
  await expect(readSource(file)).resolves.toMatchObject({ kind: 'file', name: 'gate 3.mp4', sizeBytes: 3 });
});

test.each([
  ['https://videos.example.com/a/gate%203.mp4?token=x', 'gate 3.mp4'],
  ['HTTP://videos.example.com/', 'videos.example.com'],
  ['https://videos.example.com/50%', '50%'],
])('%s is called %s', async (url, name) => {
  await expect(readSource(url)).resolves.toMatchObject({ kind: 'url', name });
});

test.each([
  ['nowhere.mp4', 'invalid_request', /no file nowhere\.mp4/],
  ['ftp://example.com/a.mp4', 'invalid_url', /http:\/\/ and https:\/\/ only/],
  ['file:///etc/passwd', 'invalid_url', /give its path/],
  ['http://', 'invalid_url', /not a URL/],
  ['https://user:secret@example.com/a.mp4', 'url_not_allowed', /password/],
])('%s is refused', async (argument, code, message) => {
  await expect(readSource(argument)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test('a folder and an empty file are refused', async () => {
  const folder = temporaryFolder();
  await expect(readSource(folder)).rejects.toMatchObject({ code: 'invalid_request' });
  writeFileSync(path.join(folder, 'empty.mp4'), '');
  await expect(readSource(path.join(folder, 'empty.mp4'))).rejects.toMatchObject({ code: 'source_empty' });
});
