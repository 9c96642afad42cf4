import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestCancel } from '../../../src/db/analyses.js';
import { listDeliveries, replayDelivery, type DeliveryRow } from '../../../src/db/deliveries.js';
import { getOrCreateMeta } from '../../../src/db/meta.js';
import { queueBackends } from '../../support/redis.js';
import { openTestStack, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { startLocalWorker } from '../../support/worker.js';
import type { Behaviour } from '../../support/video-server.js';
import type { WorkerProcess } from '../../../workers/wiring.js';

type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };

describe.each(queueBackends())('webhooks on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  let worker: WorkerProcess;
  const received: Received[] = [];
  const receive =
    (statusOf: (attempt: number) => number): Behaviour =>
    (request, response, attempt) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(statusOf(attempt)).end('ok');
      });
    };

  beforeAll(async () => {
    stack = await openTestStack({
      redisUrl,
      env: { PUBLIC_URL: 'https://hivis.example' },
      pages: {
        '/hook': receive(() => 204),
        '/flaky': receive((attempt) => (attempt === 1 ? 503 : 200)),
        '/gone': receive(() => 410),
      },
    });
    worker = await startLocalWorker(stack.env);
  });
  afterAll(async () => {
    await worker.stop(0);
    await stack.close();
  });

  const submit = async (video: string, hook: string): Promise<string> =>
    (await stack.submitter.submit({ videoUrl: stack.server.url(video), callbackUrl: stack.server.url(hook) })).id;
  const delivery = (id: string, status: DeliveryRow['status']): Promise<DeliveryRow> =>
    waitFor(async () => (await listDeliveries(stack.database.sql, id)).find((row) => row.status === status), {
      timeoutMs: 40_000,
      what: `a delivery that is ${status}`,
    });
  const sentFor = (id: string): Received[] => received.filter((request) => request.body.includes(id));

  it('tells the end of an analysis, signed so that the official library accepts it', async () => {
    const id = await submit('/site-demo.mp4', '/hook');
    const row = await delivery(id, 'delivered');
    expect(row).toMatchObject({ eventType: 'analysis.completed', attempts: 1 });
    expect(row.log).toMatchObject([{ statusCode: 204, error: null }]);

    const [request] = sentFor(id);
    const secret = await getOrCreateMeta(stack.database.sql, 'webhook_secret', () => 'never made here');
    const headers = Object.fromEntries(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toMatchObject({
      type: 'analysis.completed',
      data: { id, status: 'completed', links: { self: `https://hivis.example/v1/analyses/${id}` } },
    });
    expect(headers['webhook-id']).toBe(row.id);
  });

  it('tells failures and cancellations too, also of what no worker has begun', async () => {
    const failed = await submit('/missing.mp4', '/hook');
    expect((await delivery(failed, 'delivered')).eventType).toBe('analysis.failed');
    // Ended by the API alone; the reconciler finds that nobody was told.
    const row = await stack.submitter.submit({
      videoUrl: stack.server.url('/site-demo.mp4'),
      callbackUrl: stack.server.url('/hook'),
      priority: 'low',
    });
    await requestCancel(stack.database.sql, row.id);
    expect((await delivery(row.id, 'delivered')).eventType).toBe('analysis.cancelled');
  });

  it('tries again until it is accepted, and sends the same id and bytes', async () => {
    const id = await submit('/missing.mp4', '/flaky');
    const row = await delivery(id, 'delivered');
    expect(row.log).toMatchObject([
      { statusCode: 503, error: 'HTTP 503' },
      { statusCode: 200, error: null },
    ]);
    const [first, second] = sentFor(id);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  });

  it('gives up when the receiver is gone, and can be replayed', async () => {
    const id = await submit('/missing.mp4', '/gone');
    const row = await delivery(id, 'failed');
    expect(row.attempts).toBe(1);
    await replayDelivery(stack.database.sql, row.id);
    await stack.submitter.producer.enqueueDelivery(row.id, 0);
    await waitFor(() => sentFor(id).length === 2, { timeoutMs: 10_000 });
  });
});
