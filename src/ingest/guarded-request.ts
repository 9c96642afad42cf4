import { request } from 'undici';
import { toCancelled } from '../shared/abort.js';
import { HivisError, toHivisError } from '../shared/errors.js';
import { quoteSafely } from './describe-content.js';
import { createGuardedAgent, type Resolve } from './guarded-agent.js';
import { toNetworkError } from './network-error.js';
import { USER_AGENT, discardBody, type ResponseBody } from './open-source.js';
import { parsePublicUrl } from './url-guard.js';
import type { UrlPolicy } from './url-policy.js';

const BODY_START_BYTES = 1_024;

export type JsonPost = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes to send: signatures cover them. */
  readonly body: string;
  readonly policy: UrlPolicy;
  /** For the whole exchange, the answer's first bytes included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly resolve?: Resolve | undefined;
};

export type JsonPostAnswer = {
  /** Redirects are answers too: they are not followed. */
  readonly statusCode: number;
  /** The start of the answer's body as one printable line, for a delivery log. */
  readonly bodyStart: string;
  readonly durationMs: number;
};

/**
 * One POST under the same guard as downloads. Any status is a result; throws when there was no answer: invalid_url,
 * url_not_allowed, host_unreachable, download_failed (TLS, broken connection), timed_out, cancelled.
 */
export async function postJson(post: JsonPost): Promise<JsonPostAnswer> {
  const url = parsePublicUrl(post.url, post.policy);
  const timeout = AbortSignal.timeout(post.timeoutMs);
  const signal = AbortSignal.any(post.signal === undefined ? [timeout] : [timeout, post.signal]);
  const agent = createGuardedAgent(post.policy, { resolve: post.resolve });
  const startedMs = performance.now();
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: 'POST',
      body: post.body,
      signal,
      headers: { 'user-agent': USER_AGENT, 'content-type': 'application/json', ...post.headers },
    });
    const bodyStart = await readStart(response.body);
    return { statusCode: response.statusCode, bodyStart, durationMs: Math.round(performance.now() - startedMs) };
  } catch (thrown) {
    if (post.signal?.aborted === true) throw toCancelled(post.signal.reason);
    if (timeout.aborted) throw timedOut(url.host, post.timeoutMs, thrown);
    throw toNetworkError(thrown, url.host) ?? toHivisError(thrown);
  } finally {
    await agent.destroy();
  }
}

/** An answer may be endless; a broken one is still an answer, because its status has arrived. */
async function readStart(body: ResponseBody): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= BODY_START_BYTES) break;
    }
  } catch {
    // The start that did arrive is what a log can show.
  }
  discardBody(body);
  return quoteSafely(Buffer.concat(chunks).subarray(0, BODY_START_BYTES), BODY_START_BYTES).slice(1, -1);
}

function timedOut(host: string, timeoutMs: number, cause: unknown): HivisError {
  return new HivisError('timed_out', `The host ${host} did not answer within ${timeoutMs / 1_000} s.`, {
    retryable: true,
    cause,
  });
}
