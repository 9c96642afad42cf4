import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Headers of Standard Webhooks: id, time and `v1` HMAC-SHA256 over `id.timestamp.body`. */
export function signDelivery(secret: string, id: string, sentAt: Date, payload: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, sentAt, payload),
  };
}

export function createWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
