import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import { HivisError } from '../shared/errors.js';

export type ApiKey = { readonly id: string; readonly secret: string };

/** Who asks; `apiKeyId` is null where the API is open. */
export type Caller = { readonly apiKeyId: string | null };

const callers = new WeakMap<Request, Caller>();

export function getCaller(req: Request): Caller {
  return callers.get(req) ?? { apiKeyId: null };
}

/**
 * Lets requests with a key pass: `Authorization: Bearer <secret>` for programs, Basic with the secret as password for
 * browsers, which then send it along for pages, event streams, pictures and downloads of this origin by themselves.
 * Without keys everybody passes.
 */
export function createAuth(apiKeys: readonly ApiKey[]): RequestHandler {
  const known = apiKeys.map((key) => ({ id: key.id, digest: digest(key.secret) }));
  return (req, res, next) => {
    if (known.length === 0) {
      next();
      return;
    }
    const secret = readSecret(req.headers.authorization);
    // Every key is compared, so that the time taken tells nothing about which one was nearly right.
    const given = digest(secret ?? '');
    const matches = known.filter((key) => timingSafeEqual(key.digest, given));
    const match = matches[0];
    if (secret === undefined || match === undefined) {
      challenge(req, res);
      throw new HivisError(
        'unauthorized',
        secret === undefined
          ? 'Send an API key: Authorization: Bearer <secret>. In a browser, any user name with the secret as password.'
          : 'The API key is not known. Check the secret.',
      );
    }
    callers.set(req, { apiKeyId: match.id });
    next();
  };
}

function challenge(req: Request, res: Response): void {
  const triedBearer = /^bearer /i.test(req.headers.authorization ?? '');
  // A program that tried a key gets no Basic challenge: it would open a password window in a browser.
  res.setHeader(
    'WWW-Authenticate',
    triedBearer ? 'Bearer error="invalid_token"' : 'Basic realm="hivis", charset="UTF-8"',
  );
}

function readSecret(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon < 0 ? undefined : credentials.slice(colon + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
