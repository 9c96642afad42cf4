import { request, type Dispatcher } from 'undici';
import { HivisError } from '../shared/errors.js';
import { HIVIS_VERSION } from '../shared/version.js';
import { parsePublicUrl, redactUrl } from './url-guard.js';
import type { UrlPolicy } from './url-policy.js';

export const USER_AGENT = `hivis/${HIVIS_VERSION}`;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export type ResponseBody = Dispatcher.ResponseData['body'];

export type OpenRequest = {
  readonly url: URL;
  readonly policy: UrlPolicy;
  readonly agent: Dispatcher;
  readonly maxRedirects: number;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
};

export type OpenedSource = {
  /** Where the redirects ended. */
  readonly url: URL;
  readonly statusCode: number;
  readonly body: ResponseBody;
  readonly header: (name: string) => string | null;
};

/** Requests a file and follows redirects; every hop passes the guard again. Throws on a status that brings no file. */
export async function openSource(options: OpenRequest): Promise<OpenedSource> {
  const seen = new Set<string>();
  let url = options.url;
  for (;;) {
    seen.add(url.href);
    const response = await request(url, {
      dispatcher: options.agent,
      signal: options.signal,
      headers: {
        'user-agent': USER_AGENT,
        accept: 'video/*, application/octet-stream;q=0.9, */*;q=0.5',
        // A compressed transfer would make sizes, limits and ranges meaningless, and video does not compress.
        'accept-encoding': 'identity',
        ...options.headers,
      },
    });
    const header = (name: string): string | null => firstOf(response.headers[name]);
    if (!REDIRECTS.has(response.statusCode)) {
      const refusal = refuse(response.statusCode, header('content-encoding'), url);
      if (refusal === undefined) return { url, statusCode: response.statusCode, body: response.body, header };
      discardBody(response.body);
      throw refusal;
    }
    discardBody(response.body);
    const next = nextHop(header('location'), url, options.policy);
    if (seen.has(next.href))
      throw new HivisError('download_failed', 'The server redirects in a circle. Give the address of the file itself.');
    if (seen.size > options.maxRedirects)
      throw new HivisError(
        'download_failed',
        `The server redirects more than ${options.maxRedirects} times. Give the address of the file itself.`,
      );
    url = next;
  }
}

/** Ends the transfer without reading it; what the socket reports about that is of no interest. */
export function discardBody(body: ResponseBody): void {
  body.on('error', () => undefined);
  body.destroy();
}

/**
 * A step from https down to http is refused: whoever sits on that stretch of the network could exchange the video that
 * a compliance report is built on, and nobody who gave an https address expects that.
 */
export function nextHop(location: string | null, from: URL, policy: UrlPolicy): URL {
  if (location === null || !URL.canParse(location, from.href))
    throw new HivisError('download_failed', 'The server redirects to no valid address. Check the URL.');
  const target = new URL(location, from);
  let next: URL;
  try {
    next = parsePublicUrl(target.href, policy);
  } catch (thrown) {
    if (!(thrown instanceof HivisError)) throw thrown;
    throw new HivisError('url_not_allowed', `A redirect of ${redactUrl(from)} was refused: ${thrown.message}`, {
      cause: thrown,
    });
  }
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw new HivisError(
      'url_not_allowed',
      'The server redirects from https to unencrypted http, which is refused. Give the http address itself if that is meant.',
    );
  return next;
}

function refuse(statusCode: number, encoding: string | null, url: URL): HivisError | undefined {
  if (statusCode !== 200 && statusCode !== 206) return statusError(statusCode, url);
  if (encoding === null || encoding === '' || encoding.toLowerCase() === 'identity') return undefined;
  return new HivisError(
    'download_failed',
    `The server sends the file compressed (content-encoding: ${encoding.slice(0, 40)}) though it was asked not to. Serve the video as it is.`,
    { details: { contentEncoding: encoding } },
  );
}

const STATUS_HINTS: Readonly<Record<number, string>> = {
  400: 'the server did not understand the request. Check the URL.',
  401: 'the file needs a login. Give a signed URL or upload the file.',
  403: 'the server refuses access. Signed URLs may have expired: give a fresh one or upload the file.',
  404: 'there is no such file. Check the URL.',
  407: 'a proxy asks for a login. Give another address or upload the file.',
  410: 'the file is gone. Give another URL or upload the file.',
  416: 'the server cannot send this part of the file.',
  429: 'the server asks for fewer requests. It is tried again later.',
  451: 'the file is blocked for legal reasons. Give another URL.',
  204: 'the server has no content at this address. Check the URL.',
};

const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 423, 425, 429]);

function statusError(statusCode: number, url: URL): HivisError {
  const isServerFault = statusCode >= 500;
  const hint =
    STATUS_HINTS[statusCode] ??
    (isServerFault ? 'the server failed. It is tried again later.' : 'this is no answer with a file. Check the URL.');
  return new HivisError('download_failed', `${redactUrl(url)} answered ${statusCode}: ${hint}`, {
    // 501, 505 and their like say what the server will never do.
    retryable: RETRYABLE_STATUS.has(statusCode) || (isServerFault && statusCode !== 501 && statusCode !== 505),
    details: { status: statusCode },
  });
}

function firstOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
