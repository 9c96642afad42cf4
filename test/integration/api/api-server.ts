import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { wireApi, type Api, type ApiOverrides } from '../../../src/api/wiring.js';
import { loadConfig } from '../../../src/config/config.js';
import type { Problem } from '../../../src/api/schemas.js';
import type { Sql } from '../../../src/db/client.js';
import { createLogger } from '../../../src/shared/logger.js';
import { createTestDatabase } from '../../support/postgres.js';
import { testQueueSettings } from '../../support/queue.js';
import type { Answer } from './answer.js';
import { createResponseChecker, type ResponseChecker } from './response-checker.js';

export type TestApi = {
  readonly api: Api;
  readonly url: string;
  readonly sql: Sql;
  readonly checker: ResponseChecker;
  /** Any answer; JSON bodies are checked against openapi.json. */
  call<T = Problem>(
    method: string,
    route: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  stop(): Promise<void>;
};

/** The real API process in this one, on its own database, queue namespace, storage folder and port. */
export async function startTestApi(
  options: {
    readonly redisUrl?: string | null;
    readonly env?: Record<string, string>;
    readonly overrides?: ApiOverrides;
    /** Puts something between the API and its database. */
    readonly wrapDatabase?: (url: string) => Promise<string>;
  } = {},
): Promise<TestApi> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-api-'));
  const redisUrl = options.redisUrl ?? null;
  const config = loadConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: (await options.wrapDatabase?.(database.url)) ?? database.url,
    DATABASE_POOL_SIZE: '4',
    QUEUE_PREFIX: testQueueSettings(null).prefix,
    LOG_LEVEL: 'silent',
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    ...options.env,
  });
  const log = createLogger({ level: 'silent', name: 'test' });
  const api = await wireApi(config, { log, webDir: '/nowhere', quoteWaitMs: 300, ...options.overrides });
  const url = await api.listen();
  const checker = createResponseChecker(await (await fetch(`${url}/openapi.json`)).json());
  return {
    api,
    url,
    sql: database.sql,
    checker,
    call: async <T>(method: string, route: string, body?: unknown, headers: Record<string, string> = {}) =>
      (await callApi({ url, checker }, method, route, body, headers)) as Answer<T>,
    stop: async () => {
      await api.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function callApi(
  api: { readonly url: string; readonly checker: ResponseChecker },
  method: string,
  route: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(api.url + route, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  const answer = {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
  };
  expect(api.checker.check(method, route, answer)).toEqual([]);
  return answer;
}
