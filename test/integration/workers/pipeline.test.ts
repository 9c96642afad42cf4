import { createReadStream, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getAnalysis, type AnalysisRow } from '../../../src/db/analyses.js';
import { findDefaultAssessment, getReport, listEvidence } from '../../../src/db/assessments.js';
import { listEvents } from '../../../src/db/events.js';
import { listSegments } from '../../../src/db/segments.js';
import { reportSchema } from '../../../src/report/schema.js';
import { analysisPrefix, reportKey } from '../../../src/storage/keys.js';
import { createStorage } from '../../../src/storage/create-storage.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { testQueueSettings } from '../../support/queue.js';
import { queueBackends } from '../../support/redis.js';
import { startVideoServer, type VideoServer } from '../../support/video-server.js';
import { waitFor } from '../../support/wait-for.js';
import { openSubmitter, startLocalWorker, workerEnvironment, type Submitter } from '../../support/worker.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

const SAMPLE = fileURLToPath(new URL('../../../samples/site-demo.mp4', import.meta.url));

describe.each(queueBackends())('pipeline on %s', (_kind, { redisUrl }) => {
  let database: TestDatabase;
  let dataDir: string;
  let server: VideoServer;
  let submitter: Submitter;
  let worker: WorkerProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-pipeline-'));
    server = await startVideoServer({
      '/site-demo.mp4': (_request, response) => {
        response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': statSync(SAMPLE).size });
        createReadStream(SAMPLE).pipe(response);
      },
      '/page.mp4': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>log in</title>');
      },
    });
    const queue = testQueueSettings(redisUrl);
    const env = workerEnvironment({ databaseUrl: database.url, queue, dataDir, extra: { SEGMENT_TARGET_FRAMES: '5' } });
    submitter = await openSubmitter(database.sql, env);
    worker = await startLocalWorker(env);
  });
  afterAll(async () => {
    await worker.stop(5_000);
    await submitter.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
    await database.drop();
  });

  const ended = (id: string): Promise<AnalysisRow> =>
    waitFor(
      async () => {
        const row = await getAnalysis(database.sql, id);
        return row.finishedAt === null ? undefined : row;
      },
      { timeoutMs: 50_000, what: 'the end of the analysis' },
    );

  it('turns a URL into a report', async () => {
    const url = `${server.url('/site-demo.mp4')}?token=secret`;
    const { id } = await submitter.submit({ videoUrl: url });
    const row = await ended(id);
    expect(row.error).toBeNull();
    expect(row).toMatchObject({
      status: 'completed',
      sourceFileName: 'site-demo.mp4',
      framesExpected: 180,
      framesSampled: 36,
    });

    const segments = await listSegments(database.sql, id);
    expect(segments).toHaveLength(4);
    expect(segments.map((segment) => segment.attempts)).toEqual([1, 1, 1, 1]);

    const assessment = await findDefaultAssessment(database.sql, id);
    const report = reportSchema.parse(JSON.parse((await getReport(database.sql, assessment?.id ?? '')) ?? ''));
    expect(report.source.url).toBe(server.url('/site-demo.mp4'));
    expect(report.completeness).toMatchObject({ framesAnalyzed: 36, complete: true });
    expect(report.summary.persons).toBeGreaterThan(0);
    expect(JSON.stringify(report)).not.toContain('secret');

    const storage = createStorage(submitter.config.storage);
    for (const format of ['json', 'csv', 'html', 'pdf'] as const)
      expect((await storage.stat(reportKey(id, assessment?.id ?? '', format)))?.sizeBytes).toBeGreaterThan(100);
    const evidence = await listEvidence(database.sql, assessment?.id ?? '');
    expect(evidence).toHaveLength(report.violations.length);
    expect(evidence.length).toBeGreaterThan(0);
    const kinds = (await listEvents(database.sql, id)).map((event) => event.kind);
    expect(kinds).toEqual(['created', 'downloading', 'probing', 'analyzing', 'reporting', 'completed']);
    expect(await readdir(path.join(dataDir, 'work'))).toEqual([]);
  });

  it('says what was wrong with a source that is no video, and leaves nothing behind', async () => {
    const { id } = await submitter.submit({ videoUrl: server.url('/page.mp4') });
    const row = await ended(id);
    expect(row).toMatchObject({ status: 'failed', error: { code: 'source_not_a_video', retryable: false } });
    const storage = createStorage(submitter.config.storage);
    expect(await storage.usageBytes(analysisPrefix(id))).toBe(0);
    expect(await readdir(path.join(dataDir, 'work'))).toEqual([]);
  });
});
