import { findDelivery, recordDeliveryAttempt, type DeliveryRow } from '../src/db/deliveries.js';
import { postJson } from '../src/ingest/guarded-request.js';
import { deliveryRetryDelayMs } from '../src/queue/backoff.js';
import type { JobContext, JobOutcome, QueueHandler } from '../src/queue/consumer.js';
import { HivisError, toHivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { signDelivery } from './webhook-signature.js';

const ANSWER_TIMEOUT_MS = 15_000;

/**
 * One try to deliver a webhook (Standard Webhooks headers and signature). The row decides whether and when to try again,
 * for 24 hours; the queue only wakes us.
 */
export function createDeliveryHandler(deps: JobDeps & { readonly webhookSecret: string }): QueueHandler<'deliveries'> {
  return {
    concurrency: 4,
    maxCrashes: 20,
    handle: async ({ deliveryId }, context) => {
      const delivery = await findDelivery(deps.sql, deliveryId);
      if (delivery?.status !== 'pending') return { outcome: 'inactive' };
      return deliver(deps, delivery, context);
    },
  };
}

type Answer = { readonly statusCode: number | null; readonly error: string | null; readonly isFinal: boolean };

async function deliver(
  deps: JobDeps & { readonly webhookSecret: string },
  delivery: DeliveryRow,
  context: JobContext,
): Promise<JobOutcome> {
  const sentAt = new Date();
  const answer = await send(deps, delivery, sentAt, context.signal);
  const attempt = { at: sentAt.toISOString(), durationMs: Date.now() - sentAt.getTime(), ...withoutFinal(answer) };
  const attempts = delivery.attempts + 1;
  if (answer.error === null) {
    await recordDeliveryAttempt(deps.sql, delivery.id, attempt, 'delivered');
    deps.meters.add('deliveriesDelivered', 1);
    return { outcome: 'delivered', attempts };
  }
  const pauseMs = answer.isFinal ? undefined : deliveryRetryDelayMs(attempts);
  const next = pauseMs === undefined ? 'failed' : { retryAt: new Date(Date.now() + pauseMs) };
  await recordDeliveryAttempt(deps.sql, delivery.id, attempt, next);
  if (next === 'failed') deps.meters.add('deliveriesFailed', 1);
  const message = `Webhook ${delivery.id} was not accepted: ${answer.error}`;
  throw new HivisError('download_failed', message, {
    retryable: pauseMs !== undefined,
    details: { attempts, ...(pauseMs === undefined ? {} : { retryInMs: pauseMs }) },
  });
}

function withoutFinal({ statusCode, error }: Answer): { statusCode: number | null; error: string | null } {
  return { statusCode, error };
}

async function send(
  deps: JobDeps & { readonly webhookSecret: string },
  delivery: DeliveryRow,
  sentAt: Date,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const { statusCode } = await postJson({
      url: delivery.url,
      headers: signDelivery(deps.webhookSecret, delivery.id, sentAt, delivery.payload),
      body: delivery.payload,
      policy: deps.config.urls,
      timeoutMs: ANSWER_TIMEOUT_MS,
      signal,
    });
    if (statusCode >= 200 && statusCode < 300) return { statusCode, error: null, isFinal: true };
    // 410 Gone is how a receiver unsubscribes.
    return { statusCode, error: `HTTP ${statusCode}`, isFinal: statusCode === 410 };
  } catch (thrown) {
    const error = toHivisError(thrown);
    if (signal.aborted) throw error;
    const isFinal = error.code === 'invalid_url' || error.code === 'url_not_allowed';
    return { statusCode: null, error: `${error.code}: ${error.message}`, isFinal };
  }
}
