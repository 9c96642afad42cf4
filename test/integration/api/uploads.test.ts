import { createHash } from 'node:crypto';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisView, DeleteReceipt, UploadView } from '../../../src/api/schemas.js';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../support/wait-for.js';
import { startTestApi, type TestApi } from './api-server.js';

const MAX_BYTES = 3_000_000;
const sample = await readFile(fileURLToPath(new URL('../../../samples/site-demo.mp4', import.meta.url)));
const video = sample.length > MAX_BYTES ? sample.subarray(0, MAX_BYTES) : sample;
const sha256 = createHash('sha256').update(video).digest('hex');

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi({ env: { MAX_SOURCE_BYTES: String(MAX_BYTES) } });
});
afterAll(() => test.stop());

async function stored(): Promise<number> {
  return test.api.context.storage.usageBytes('uploads/');
}

async function upload(body: Uint8Array | FormData, init: { type?: string; query?: string } = {}): Promise<UploadView> {
  const response = await fetch(`${test.url}/v1/uploads${init.query ?? ''}`, {
    method: 'POST',
    body,
    headers: init.type === undefined ? {} : { 'content-type': init.type },
  });
  const json = (await response.json()) as UploadView;
  expect(
    test.checker.check('POST', '/v1/uploads', { status: response.status, headers: response.headers, json }),
  ).toEqual([]);
  return json;
}

function form(bytes: Uint8Array, fileName: string): FormData {
  const data = new FormData();
  data.append('note', 'a field before the file');
  data.append('file', new Blob([bytes], { type: 'video/mp4' }), fileName);
  return data;
}

describe('uploads', () => {
  it('take a form', async () => {
    const json = await upload(form(video, '../../Baustelle Süd.mp4'));
    expect(json).toMatchObject({ fileName: 'Baustelle Süd.mp4', sizeBytes: video.length, sha256 });
  });

  it.each(['application/octet-stream', 'video/mp4'])(
    'take the file itself as %s, and serve an analysis',
    async (type) => {
      const json = await upload(video, { type, query: '?fileName=gate%203.mp4' });
      expect(json).toMatchObject({ fileName: 'gate 3.mp4', sizeBytes: video.length, sha256 });
      const analysis = await test.call<AnalysisView>('POST', '/v1/analyses', { uploadId: json.id });
      expect(analysis.json).toMatchObject({ name: 'gate 3.mp4', source: { url: null, uploadId: json.id } });
      await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${analysis.json.id}`);
      expect((await test.call('POST', '/v1/analyses', { uploadId: json.id })).json.code).toBe('upload_not_found');
    },
  );

  it('go only with the last analysis that uses them', async () => {
    const { id } = await upload(video, { type: 'video/mp4' });
    const [first, second] = [
      await test.call<AnalysisView>('POST', '/v1/analyses', { uploadId: id }),
      await test.call<AnalysisView>('POST', '/v1/analyses', { uploadId: id }),
    ];
    const before = await stored();
    expect((await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${first.json.id}`)).json.erased.files).toBe(0);
    expect(await stored()).toBe(before);
    const receipt = await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${second.json.id}`);
    expect(receipt.json.erased).toMatchObject({ files: 1, bytes: video.length });
    expect(await stored()).toBe(before - video.length);
  });

  const page = Buffer.from('<!doctype html><html><body>Not found</body></html>');
  it.each([
    ['a web page', () => upload(page, { type: 'video/mp4' }), 415, 'source_not_a_video'],
    ['a web page in a form', () => upload(form(page, 'gate.mp4')), 415, 'source_not_a_video'],
    ['an empty file', () => upload(form(Buffer.alloc(0), 'gate.mp4')), 400, 'source_empty'],
    ['an empty body', () => upload(Buffer.alloc(0), { type: 'video/mp4' }), 400, 'source_empty'],
    [
      'a file that is too large',
      () => upload(Buffer.concat([video, Buffer.alloc(MAX_BYTES)]), { type: 'video/mp4' }),
      413,
      'source_too_large',
    ],
    [
      'a form that is too large',
      () => upload(form(Buffer.concat([video, Buffer.alloc(MAX_BYTES)]), 'x.mp4')),
      413,
      'source_too_large',
    ],
    ['another type', () => upload(video, { type: 'text/plain' }), 415, 'unsupported_media_type'],
    ['a form without a file', () => upload(new FormData()), 400, 'invalid_request'],
    ['a form without a boundary', () => upload(video, { type: 'multipart/form-data' }), 400, 'invalid_request'],
    ['a form that is none', () => upload(video, { type: 'multipart/form-data; boundary=x' }), 400, 'invalid_request'],
  ])('refuse %s and keep nothing', async (_case, send, status, code) => {
    const before = await stored();
    expect(await send()).toMatchObject({ status, code });
    expect(await stored()).toBe(before);
  });

  it.each(['video/mp4', 'multipart/form-data; boundary=xyz'])(
    'keep nothing of one that breaks off (%s)',
    async (type) => {
      const before = await stored();
      const { port } = new URL(test.url);
      const socket = createConnection(Number(port), '127.0.0.1');
      const head = type.startsWith('multipart')
        ? '--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        : '';
      socket.write(
        `POST /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${video.length + 500}\r\n\r\n${head}`,
      );
      socket.write(video.subarray(0, 200_000));
      const temp = () => test.api.context.storage.localPath('uploads/x') !== undefined;
      expect(temp()).toBe(true);
      await waitFor(() => socket.bytesWritten > 200_000, { timeoutMs: 5_000 });
      socket.destroy();
      const next = await upload(video, { type: 'video/mp4' });
      expect(await stored()).toBe(before + video.length);
      expect(next.sha256).toBe(sha256);
    },
  );
});
