import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisView, DeliveryList, DetectionPage, ViolationList } from '../../../src/api/schemas.js';
import { completeAnalysis, findAnalysis } from '../../../src/db/analyses.js';
import { insertDelivery, recordDeliveryAttempt } from '../../../src/db/deliveries.js';
import { newId } from '../../../src/shared/ids.js';
import { createAnalyzing, createQueued, SOURCE } from '../db/fixtures.js';
import { startTestApi, type TestApi } from './api-server.js';
import { createFinished } from './finished-analysis.js';

let test: TestApi;
let done: { id: string; run: number; assessmentId: string };
beforeAll(async () => {
  test = await startTestApi();
  done = await createFinished(test);
});
afterAll(() => test.stop());

describe('a finished analysis', () => {
  it('shows its summary, completeness and links', async () => {
    const { json } = await test.call<AnalysisView>('GET', `/v1/analyses/${done.id}`);
    expect(json).toMatchObject({
      status: 'completed',
      progress: { percent: 100, framesDone: 30, framesTotal: 30, segmentsDone: 3, segmentsTotal: 3 },
      summary: { verdict: 'non_compliant', persons: 1 },
      completeness: { complete: true },
      detectionFloorMs: 400,
      source: { fileName: SOURCE.fileName, durationMs: 12_000, widthPx: 640, codec: 'h264' },
      links: { reportPdf: `/v1/analyses/${done.id}/report.pdf` },
    });
    expect(JSON.stringify(json)).not.toContain(SOURCE.key);
  });

  it('pages through its detections, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await test.call<DetectionPage>('GET', `/v1/analyses/${done.id}/detections?limit=7${query}`);
      expect(json.items.length).toBeLessThanOrEqual(7);
      for (const item of json.items) seen.push(`${item.frameIndex}/${item.confidence}`);
      cursor = json.nextCursor;
    }
    expect(seen.length).toBe(81);
    expect(new Set(seen).size).toBe(81);
    const { json } = await test.call<DetectionPage>(
      'GET',
      `/v1/analyses/${done.id}/detections?minConfidence=0.5&limit=1000`,
    );
    expect(json.items.length).toBeLessThan(81);
    expect(json.items.some((item) => item.className === 'person')).toBe(true);
  });

  it.each(['cursor=nonsense', 'limit=1001', 'limit=0', 'minConfidence=2', 'page=2'])(
    'refuses detections?%s',
    async (query) => {
      const { json } = await test.call<DetectionPage>('GET', `/v1/analyses/${done.id}/detections?${query}`);
      expect(json).toMatchObject({ status: 400, code: 'invalid_request' });
    },
  );

  it('lists its violations with their stills', async () => {
    const { json } = await test.call<ViolationList>('GET', `/v1/analyses/${done.id}/violations`);
    const url = json.items[0]?.evidence?.url ?? '';
    expect(json).toMatchObject({
      assessmentId: done.assessmentId,
      items: [{ number: 1, item: 'helmet', startMs: 500 }],
    });
    const still = await test.call('GET', url);
    expect(still.status).toBe(200);
    expect(still.headers.get('content-type')).toBe('image/jpeg');
    const again = await test.call('GET', url, undefined, {
      'if-none-match': still.headers.get('etag') ?? '',
      'cache-control': 'max-age=0',
    });
    expect(again.status).toBe(304);
    const missing = await test.call('GET', `/v1/analyses/${done.id}/violations/2/evidence.jpg`);
    expect(missing.json.code).toBe('evidence_not_found');
  });

  it.each([
    ['html', 'text/html; charset=utf-8', 'inline', 'the html'],
    ['pdf', 'application/pdf', 'inline', 'the pdf'],
    ['csv', 'text/csv; charset=utf-8', 'attachment', 'the csv'],
    ['json', 'application/json; charset=utf-8', 'inline', '{"schemaVersion":"1.0"}\n'],
  ])('gives its report as %s', async (format, type, disposition, body) => {
    const answer = await test.call('GET', `/v1/analyses/${done.id}/report.${format}`);
    expect(answer.text).toBe(body);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-disposition')).toBe(`${disposition}; filename=Gate-3-report.${format}`);
    if (format === 'html') expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    const named = await test.call(
      'GET',
      `/v1/analyses/${done.id}/report.${format}?assessment=${done.assessmentId}&download=1`,
    );
    expect(named.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('knows no other formats and no assessments of others', async () => {
    expect((await test.call('GET', `/v1/analyses/${done.id}/report.docx`)).status).toBe(400);
    const other = await createFinished(test);
    for (const route of ['report.json', 'violations', 'violations/1/evidence.jpg']) {
      const { json } = await test.call('GET', `/v1/analyses/${done.id}/${route}?assessment=${other.assessmentId}`);
      expect(json.code).toBe('assessment_not_found');
    }
    expect((await test.call('GET', `/v1/analyses/${done.id}/assessments/${other.assessmentId}`)).status).toBe(404);
  });

  it('streams its video in ranges', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
    await test.api.context.storage.put(SOURCE.key, bytes);
    const route = `/v1/analyses/${done.id}/video`;
    const whole = await fetch(test.url + route);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    const part = await fetch(test.url + route, { headers: { range: 'bytes=900-' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 900-999/1000');
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(900));
    const head = await fetch(test.url + route, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('1000');
    const stale = await fetch(test.url + route, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
    expect(stale.status).toBe(200);
    await stale.arrayBuffer();
    const outside = await test.call('GET', route, undefined, { range: 'bytes=5000-' });
    expect(outside.json.code).toBe('range_not_satisfiable');
    expect(outside.headers.get('content-range')).toBe('bytes */1000');
  });
});

describe('an analysis that is not finished', () => {
  it('has no report, no violations and no video, and says why', async () => {
    const queued = await createQueued(test.sql);
    const running = await createAnalyzing(test.sql);
    for (const route of ['report.pdf', 'report.json', 'violations', 'violations/1/evidence.jpg'])
      expect((await test.call('GET', `/v1/analyses/${running.id}/${route}`)).json).toMatchObject({
        status: 409,
        code: 'report_not_ready',
        currentStatus: 'analyzing',
      });
    expect((await test.call('GET', `/v1/analyses/${queued.id}/video`)).json).toMatchObject({ code: 'invalid_state' });
    const early = await test.call('POST', `/v1/analyses/${running.id}/assessments`, { rules: {} });
    expect(early.json).toMatchObject({ status: 409, currentStatus: 'analyzing' });
    await expect(completeAnalysis(test.sql, running.id, running.run, 'completed')).rejects.toThrow();
  });

  it.each([
    'an_0192f3c1a8b400000000000000000000',
    'an_0192f3c1a8b4/report.pdf',
    'an_0192f3c1a8b4/events',
    'an_0192f3c1a8b4/assessments',
    'an_0192f3c1a8b4/detections',
    'an_0192f3c1a8b4/deliveries',
    'an_0192f3c1a8b4/violations',
    'an_0192f3c1a8b4/video',
  ])('is not found: %s', async (route) => {
    expect((await test.call<AnalysisView>('GET', `/v1/analyses/${route}`)).json).toMatchObject({
      status: 404,
      code: 'analysis_not_found',
    });
  });

  it.each(['12345', 'an_1:2', '..%2f..%2fetc', "an_'or 1=1--", 'up_0192f3c1a8b4', 'AN_0192f3c1a8b4'])(
    'refuses %s as an id',
    async (id) => {
      expect((await test.call('GET', `/v1/analyses/${encodeURIComponent(decodeURIComponent(id))}`)).status).toBe(400);
    },
  );
});

describe('deliveries', () => {
  it('are listed without secrets and can be replayed', async () => {
    const id = `dl_${done.id.slice(3)}_r1_completed`;
    const url = 'https://hooks.example.com/hivis?token=topsecret';
    await insertDelivery(test.sql, { id, analysisId: done.id, eventType: 'analysis.completed', url, payload: '{}' });
    const attempt = { at: new Date().toISOString(), durationMs: 12.5, statusCode: 500, error: 'answered 500' };
    await recordDeliveryAttempt(test.sql, id, attempt, 'failed');
    const list = await test.call<DeliveryList>('GET', `/v1/analyses/${done.id}/deliveries`);
    expect(list.json.items).toMatchObject([
      { id, status: 'failed', attempts: 1, url: 'https://hooks.example.com/hivis' },
    ]);
    expect(list.text).not.toContain('topsecret');
    const replayed = await test.call('POST', `/v1/deliveries/${id}/replay`);
    expect(replayed).toMatchObject({ status: 202, json: { status: 'pending', attempts: 0 } });
    expect(await test.api.context.producer.presence('deliveries', id)).toBe('queued');
    expect((await test.call('POST', `/v1/deliveries/${newId('dl')}/replay`)).json.code).toBe('delivery_not_found');
  });
});

describe('progress', () => {
  it('is what the database says', async () => {
    const { id } = await createAnalyzing(test.sql);
    const { json } = await test.call<AnalysisView>('GET', `/v1/analyses/${id}`);
    expect(json.progress).toMatchObject({
      percent: 5,
      basis: 'frames',
      framesDone: 0,
      framesTotal: 30,
      segmentsTotal: 3,
    });
    expect(await findAnalysis(test.sql, id)).toMatchObject({ framesSampled: 30 });
  });
});
