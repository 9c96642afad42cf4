import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { AnalysisRow } from '../../../src/db/analysis-types.js';
import { buildDelivery } from '../../../workers/delivery-payload.js';
import { createWebhookSecret, signDelivery } from '../../../workers/webhook-signature.js';

const row = {
  id: 'an_0192f3c1a8b4',
  run: 2,
  name: 'Gate 3',
  tag: 'north',
  status: 'failed',
  callbackUrl: 'https://example.com/hook?token=abc',
  videoUrl: 'https://user:secret@example.com/video.mp4?sig=abc',
  createdAt: new Date(0),
  finishedAt: new Date(1_000),
  error: { code: 'download_failed', message: 'HTTP 404', retryable: false, details: { status: 404 } },
} as unknown as AnalysisRow;

describe('buildDelivery', () => {
  it('makes one delivery per analysis, run and end', () => {
    const first = buildDelivery(row, 'https://hivis.example');
    expect(buildDelivery(row, 'https://hivis.example')?.id).toBe(first?.id);
    expect(buildDelivery({ ...row, run: 3 }, null)?.id).not.toBe(first?.id);
    expect(first?.id).toMatch(/^dl_[a-z0-9_]+$/);
  });

  it('tells the end without secrets', () => {
    const delivery = buildDelivery(row, 'https://hivis.example');
    expect(delivery).toMatchObject({ eventType: 'analysis.failed', url: row.callbackUrl });
    expect(JSON.parse(delivery?.payload ?? '')).toEqual({
      type: 'analysis.failed',
      timestamp: '1970-01-01T00:00:01.000Z',
      data: {
        id: row.id,
        run: 2,
        name: 'Gate 3',
        tag: 'north',
        status: 'failed',
        createdAt: '1970-01-01T00:00:00.000Z',
        finishedAt: '1970-01-01T00:00:01.000Z',
        error: { code: 'download_failed', message: 'HTTP 404', retryable: false },
        links: {
          self: 'https://hivis.example/v1/analyses/an_0192f3c1a8b4',
          report: 'https://hivis.example/v1/analyses/an_0192f3c1a8b4/report.json',
        },
      },
    });
  });

  it('has nothing to tell without a callback URL', () => {
    expect(buildDelivery({ ...row, callbackUrl: null }, null)).toBeUndefined();
  });
});

describe('signDelivery', () => {
  const secret = createWebhookSecret();
  const payload = '{"type":"analysis.completed"}';

  it('is accepted by the official verifier', () => {
    const headers = signDelivery(secret, 'dl_1', new Date(), payload);
    expect(new Webhook(secret).verify(payload, headers)).toEqual({ type: 'analysis.completed' });
  });

  it('is refused for another body, another secret and an old time', () => {
    const headers = signDelivery(secret, 'dl_1', new Date(), payload);
    expect(() => new Webhook(secret).verify(`${payload} `, headers)).toThrow();
    expect(() => new Webhook(createWebhookSecret()).verify(payload, headers)).toThrow();
    const old = signDelivery(secret, 'dl_1', new Date(Date.now() - 3_600_000), payload);
    expect(() => new Webhook(secret).verify(payload, old)).toThrow(/old/);
  });
});
