import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisView, AssessmentList, AssessmentView, DeleteReceipt } from '../../../src/api/schemas.js';
import { failAnalysis, findAnalysis } from '../../../src/db/analyses.js';
import { newId } from '../../../src/shared/ids.js';
import { analysisPrefix, sourceKey } from '../../../src/storage/keys.js';
import { queueBackends } from '../../support/redis.js';
import { createAnalyzing, createQueued, FAILURE, finishSegments } from '../db/fixtures.js';
import { startTestApi, type TestApi } from './api-server.js';
import { createFinished } from './finished-analysis.js';

const videoUrl = 'https://user-videos.example.com/site/gate%203.mp4?signature=topsecret#t=3';

describe.each(queueBackends())('analyses with the queue in %s', (_kind, backend) => {
  let test: TestApi;
  beforeAll(async () => {
    test = await startTestApi(backend);
  });
  afterAll(() => test.stop());

  it('takes a video, stores it and queues it', async () => {
    const answer = await test.call<AnalysisView>('POST', '/v1/analyses', {
      videoUrl,
      tag: 'north',
      recordedAt: '2026-03-01T06:00:00+01:00',
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/analyses/${answer.json.id}`);
    expect(answer.json).toMatchObject({
      name: 'gate 3.mp4',
      status: 'queued',
      settings: { everyNFrames: 5, imageSize: 480, modelId: 'ppe-yolov8n' },
      source: { url: 'https://user-videos.example.com/site/gate%203.mp4' },
    });
    const queue = test.api.context.producer.queues.get('ingest');
    const job = await queue?.getJob(`${answer.json.id}-r1`);
    expect(job?.data).toEqual({ analysisId: answer.json.id, run: 1 });
    const row = await findAnalysis(test.sql, answer.json.id);
    expect(row?.videoUrl).toContain('signature=topsecret');
    expect((await test.call<AnalysisView>('GET', `/v1/analyses/${answer.json.id}`)).text).not.toContain('topsecret');
  });

  it('gives one analysis for fifty posts of one key at once', async () => {
    const headers = { 'idempotency-key': newId('an') };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl, name: 'same' }, headers),
      ),
    );
    expect(new Set(answers.map((answer) => answer.json.id)).size).toBe(1);
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
    const reordered = await test.call<AnalysisView>('POST', '/v1/analyses', { name: 'same', videoUrl }, headers);
    expect(reordered.json.id).toBe(answers[0]?.json.id);
    expect(reordered.headers.get('idempotent-replayed')).toBe('true');
    const other = await test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl, name: 'other' }, headers);
    expect(other.json).toMatchObject({ status: 409, code: 'idempotency_conflict' });
  });

  it('cancels what waits at once, and refuses to cancel what has ended', async () => {
    const { json } = await test.call<AnalysisView>('POST', '/v1/analyses', { videoUrl });
    const cancelled = await test.call<AnalysisView>('POST', `/v1/analyses/${json.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 202, json: { status: 'cancelled', cancelRequested: true } });
    expect((await test.call<AnalysisView>('POST', `/v1/analyses/${json.id}/cancel`)).status).toBe(202);
    const done = await createFinished(test);
    const refused = await test.call<AnalysisView>('POST', `/v1/analyses/${done.id}/cancel`);
    expect(refused.json).toMatchObject({ status: 409, code: 'invalid_state', currentStatus: 'completed' });
  });

  it('asks workers to stop when it runs', async () => {
    const { id } = await createAnalyzing(test.sql);
    const cancelled = await test.call<AnalysisView>('POST', `/v1/analyses/${id}/cancel`);
    expect(cancelled.json).toMatchObject({ status: 'analyzing', cancelRequested: true });
  });

  it('retries what failed, in a new run, keeping what is done', async () => {
    const analysis = await createAnalyzing(test.sql);
    await finishSegments(test.sql, analysis, 2);
    await failAnalysis(test.sql, analysis.id, analysis.run, { ...FAILURE, details: { path: '/var/secret' } });
    const failed = await test.call<AnalysisView>('GET', `/v1/analyses/${analysis.id}`);
    expect(failed.json).toMatchObject({
      status: 'failed',
      error: FAILURE,
      progress: { framesDone: 20, framesTotal: 30 },
    });
    expect(failed.text).not.toContain('/var/secret');
    const retried = await test.call<AnalysisView>('POST', `/v1/analyses/${analysis.id}/retry`);
    expect(retried).toMatchObject({ status: 202, json: { status: 'queued', run: 2, error: null } });
    expect(retried.json.progress.percent).toBe(failed.json.progress.percent);
    expect(await test.api.context.producer.presence('ingest', `${analysis.id}-r2`)).toBe('queued');
    const again = await test.call<AnalysisView>('POST', `/v1/analyses/${analysis.id}/retry`);
    expect(again.json).toMatchObject({ status: 409, currentStatus: 'queued' });
  });

  it('erases rows, files and queue jobs and says so', async () => {
    const done = await createFinished(test);
    const { storage, producer } = test.api.context;
    const source = sourceKey(done.id, 1, '.mp4');
    await storage.put(source, Buffer.alloc(1000));
    await test.sql`update analyses set source_key = ${source} where analyses.id = ${done.id}`;
    const row = await findAnalysis(test.sql, done.id);
    if (row !== undefined) await producer.enqueueReport(row, done.assessmentId);
    const { status, json } = await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${done.id}`);
    expect(status).toBe(200);
    expect(json.erased).toMatchObject({
      rows: { analyses: 1, segments: 3, sampledFrames: 30, assessments: 1, violations: 1, evidence: 1 },
      files: 6,
      jobs: 1,
    });
    expect(json.erased.bytes).toBeGreaterThan(1000);
    expect(await storage.usageBytes(analysisPrefix(done.id))).toBe(0);
    expect(await findAnalysis(test.sql, done.id)).toBeUndefined();
    expect((await test.call('GET', `/v1/analyses/${done.id}`)).json.code).toBe('analysis_not_found');
    expect((await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${done.id}`)).status).toBe(404);
  });

  it('erases what still runs', async () => {
    const { id } = await createAnalyzing(test.sql);
    expect((await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${id}`)).status).toBe(200);
    const queued = await createQueued(test.sql);
    expect((await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${queued.id}`)).status).toBe(200);
  });

  it('judges again by other rules without touching the default assessment', async () => {
    const done = await createFinished(test);
    const refused = await test.call('POST', `/v1/analyses/${done.id}/assessments`, { rules: { required: ['gloves'] } });
    expect(refused.json.errors).toMatchObject([{ path: 'rules.required.0' }]);
    const { status, headers, json } = await test.call<AssessmentView>('POST', `/v1/analyses/${done.id}/assessments`, {
      rules: { required: ['helmet'], minViolationMs: 5000 },
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({
      isDefault: false,
      status: 'pending',
      rules: { required: ['helmet'], minViolationMs: 5000 },
    });
    expect((await test.call<AssessmentView>('GET', headers.get('location') ?? '')).json.id).toBe(json.id);
    expect(await test.api.context.producer.presence('reports', `${json.id}-r1`)).toBe('queued');
    const list = await test.call<AssessmentList>('GET', `/v1/analyses/${done.id}/assessments`);
    expect(list.json.items.map((item) => item.id)).toEqual([done.assessmentId, json.id]);
    const notYet = await test.call('GET', `/v1/analyses/${done.id}/report.json?assessment=${json.id}`);
    expect(notYet.json).toMatchObject({ code: 'report_not_ready', currentStatus: 'pending' });
  });

  it('has figures of the queue', async () => {
    const { text } = await test.call('GET', '/metrics');
    expect(text).toMatch(/hivis_queue_jobs\{queue="ingest",state="waiting"\} [1-9]/);
    expect(text).toMatch(/hivis_queue_oldest_job_age_seconds\{queue="ingest"\} \d/);
    expect(text).toContain('hivis_up{part="queue"} 1');
    expect(text).toContain('hivis_frames_analyzed_total 0');
  });

  it('shows queues and jobs in Bull Board, and changes nothing there', async () => {
    const page = await fetch(`${test.url}/admin/queues`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('/admin/queues');
    const queues = (await (
      await fetch(`${test.url}/admin/queues/api/queues?activeQueue=ingest&status=latest`)
    ).json()) as {
      queues: { name: string; readOnlyMode: boolean; jobs: { data: object }[] }[];
    };
    expect(queues.queues.map((queue) => queue.name)).toEqual(expect.arrayContaining(['ingest', 'segments', 'reports']));
    expect(queues.queues.every((queue) => queue.readOnlyMode)).toBe(true);
    const jobs = queues.queues.find((queue) => queue.name === 'ingest')?.jobs ?? [];
    expect(jobs.length).toBeGreaterThan(0);
    expect(JSON.stringify(jobs)).not.toMatch(/topsecret|example\.com/);
    const write = await fetch(`${test.url}/admin/queues/api/queues/pause`, { method: 'PUT' });
    expect(write.status).toBe(405);
  });
});
