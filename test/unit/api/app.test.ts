import { mkdtemp, mkdir, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Router } from 'express';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, type AppParts } from '../../../src/api/app.js';
import { getCaller } from '../../../src/api/auth.js';
import { defineRoute } from '../../../src/api/route.js';
import { problemSchema } from '../../../src/api/schemas.js';
import { HivisError } from '../../../src/shared/errors.js';
import { createLogger } from '../../../src/shared/logger.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const routes = [
  defineRoute({
    method: 'post',
    path: '/v1/things/:id',
    operationId: 'createThing',
    summary: 'Create',
    tag: 'things',
    params: z.strictObject({ id: z.string() }),
    query: z.strictObject({ loud: z.string().optional() }),
    body: z.strictObject({ size: z.number() }),
    responses: { 200: { description: 'ok' } },
    handle: ({ req, res, params, body }) => {
      res.json({ id: params.id, size: body.size, caller: getCaller(req).apiKeyId });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/v1/broken',
    operationId: 'getBroken',
    summary: 'Fails',
    tag: 'things',
    query: z.strictObject({ how: z.string() }),
    responses: { 200: { description: 'never' } },
    handle: async ({ query, res }) => {
      await Promise.resolve();
      if (query.how === 'late') {
        res.write('half of it');
        throw new Error('secret detail');
      }
      if (query.how === 'queued')
        throw new HivisError('too_many_queued', 'Wait.', { details: { retryAfterSeconds: 7 } });
      if (query.how === 'database') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      throw new Error('secret detail');
    },
  }),
];

async function start(overrides: Partial<AppParts> = {}): Promise<string> {
  const server = createServer(
    createApp({
      routes,
      bullBoard: Router().get('/', (_req, res) => res.send('board')),
      registry: new Registry(),
      log: createLogger({ level: 'silent', name: 'test' }),
      apiKeys: [],
      isOpenOnLoopback: true,
      publicUrl: null,
      trustedProxies: 0,
      webDir: '/nowhere',
      ...overrides,
    }),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

const json = (body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

describe('problems', () => {
  it('answers what a handler returns', async () => {
    const url = await start();
    const response = await fetch(`${url}/v1/things/7`, json('{"size":3}'));
    expect(await response.json()).toEqual({ id: '7', size: 3, caller: null });
  });

  it.each([
    ['malformed JSON', json('{"size":'), 400, 'invalid_request'],
    ['JSON that is no object', json('"text"'), 400, 'invalid_request'],
    ['no body at all', { method: 'POST', headers: { 'content-type': 'application/json' } }, 400, 'invalid_request'],
    ['a body of another type', { method: 'POST', body: 'size=3' }, 415, 'unsupported_media_type'],
    [
      'a charset that nobody knows',
      json('{}', { 'content-type': 'application/json; charset=klingon' }),
      415,
      'unsupported_media_type',
    ],
    ['a body above 1 MB', json(JSON.stringify({ size: 1, pad: 'x'.repeat(1_100_000) })), 413, 'payload_too_large'],
    ['another method', { method: 'DELETE' }, 405, 'method_not_allowed'],
  ])('refuses %s', async (_case, init, status, code) => {
    const url = await start();
    const problem = await problemOf(await fetch(`${url}/v1/things/7`, init));
    expect(problem).toMatchObject({ status, code, instance: '/v1/things/7', type: `urn:hivis:problem:${code}` });
  });

  it('names every field that is wrong', async () => {
    const url = await start();
    const problem = await problemOf(await fetch(`${url}/v1/things/7?loudness=1`, json('{"size":3}')));
    expect(problem.errors).toEqual([{ path: 'loudness', message: 'is not a known field' }]);
    const body = await problemOf(await fetch(`${url}/v1/things/7`, json('{"size":"3","colour":"red"}')));
    expect(body.errors?.map((error) => error.path).toSorted()).toEqual(['colour', 'size']);
  });

  it('refuses paths that cannot be decoded and knows no others', async () => {
    const url = await start();
    expect((await problemOf(await fetch(`${url}/v1/things/%E0%A4%A`, json('{}')))).code).toBe('invalid_request');
    expect((await problemOf(await fetch(`${url}/v1/nothing`))).code).toBe('route_not_found');
    expect((await problemOf(await fetch(`${url}/missing.js`))).code).toBe('route_not_found');
  });

  it('says which methods there are', async () => {
    const url = await start();
    expect((await fetch(`${url}/v1/broken`, { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect((await fetch(`${url}/v1/broken`, { method: 'OPTIONS' })).status).toBe(204);
  });

  it('tells nothing of what went wrong inside', async () => {
    const url = await start();
    const response = await fetch(`${url}/v1/broken?how=hard`);
    const text = await response.clone().text();
    expect(text).not.toMatch(/secret|stack|\.ts/);
    expect((await problemOf(response)).detail).toContain(response.headers.get('x-request-id'));
  });

  it('says when to come back, and when the database is away', async () => {
    const url = await start();
    expect((await fetch(`${url}/v1/broken?how=queued`)).headers.get('retry-after')).toBe('7');
    expect((await problemOf(await fetch(`${url}/v1/broken?how=database`))).code).toBe('database_unavailable');
  });

  it('cuts an answer off that has begun', async () => {
    const url = await start();
    const whole = fetch(`${url}/v1/broken?how=late`).then((response) => response.text());
    await expect(whole).rejects.toThrow(/terminated|fetch failed/);
  });
});

describe('authentication', () => {
  const apiKeys = [
    { id: 'north', secret: 'north-secret-0123456789' },
    { id: 'south', secret: 'south:secret-0123456789' },
  ];
  const basic = (secret: string) => `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`;

  it.each(['/v1/broken', '/v1/nothing', '/metrics', '/admin/queues', '/admin/queues/api/queues'])(
    'is needed for %s',
    async (address) => {
      const url = await start({ apiKeys });
      const response = await fetch(url + address);
      expect(response.headers.get('www-authenticate')).toContain('Basic');
      expect((await problemOf(response)).code).toBe('unauthorized');
    },
  );

  it.each([
    ['a wrong secret', 'Bearer wrong'],
    ['the id instead of the secret', 'Bearer north'],
    ['a wrong password', basic('wrong')],
    ['a scheme that nobody knows', 'Digest north-secret-0123456789'],
    ['nothing after the scheme', 'Bearer '],
    ['Basic without a colon', 'Basic bm90aGluZw=='],
  ])('refuses %s', async (_case, authorization) => {
    const url = await start({ apiKeys });
    expect((await fetch(`${url}/v1/things/7`, json('{"size":1}', { authorization }))).status).toBe(401);
  });

  it.each([
    ['Bearer', 'Bearer north-secret-0123456789', 'north'],
    ['Basic', basic('south:secret-0123456789'), 'south'],
  ])('takes %s and knows whose key it is', async (_case, authorization, id) => {
    const url = await start({ apiKeys });
    const response = await fetch(`${url}/v1/things/7`, json('{"size":1}', { authorization }));
    expect(await response.json()).toMatchObject({ caller: id });
  });

  it('leaves the page and the description open', async () => {
    const url = await start({ apiKeys });
    expect((await fetch(`${url}/`)).status).toBe(200);
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
  });
});

describe('requests from other sites', () => {
  const post = async (url: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const req = httpRequest(`${url}/v1/things/7`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      req.on('response', (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      });
      req.on('error', reject);
      req.end('{"size":1}');
    });

  it.each([
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another port of this host', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    ['a browser that sends the origin only', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['a forged proxy header', { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }],
  ])('refuses %s', async (_case, headers) => {
    expect(await post(await start(), headers)).toBe(403);
  });

  it.each([
    ['a name that was pointed here', 'evil.example:3000', 403],
    ['one that looks like loopback', '127.0.0.1.evil.example', 403],
    ['no name at all', ':::', 403],
    ['localhost', 'localhost:3000', 200],
    ['its subdomains', 'hivis.localhost', 200],
    ['IPv6', '[::1]:3000', 200],
    ['the public name', 'hivis.example.com', 200],
  ])('open on loopback: %s', async (_case, host, status) => {
    const publicUrl = 'https://hivis.example.com/';
    expect(await post(await start({ publicUrl }), { host })).toBe(status);
    expect(await post(await start({ publicUrl, isOpenOnLoopback: false }), { host })).toBe(200);
  });

  it('takes its own page, a program and the public address', async () => {
    const url = await start({ publicUrl: 'https://hivis.example.com/' });
    expect(await post(url, { 'sec-fetch-site': 'same-origin', origin: url })).toBe(200);
    expect(await post(url, {})).toBe(200);
    expect(await post(url, { origin: 'https://hivis.example.com' })).toBe(200);
  });
});

describe('the page', () => {
  it('is a hint where nobody has built it', async () => {
    const response = await fetch(`${await start()}/`);
    expect(await response.text()).toContain('npm run build');
  });

  it('is served with caching that fits, and for its own addresses', async () => {
    const webDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-web-'));
    await mkdir(path.join(webDir, 'assets'));
    await writeFile(path.join(webDir, 'index.html'), '<h1>page</h1>');
    await writeFile(path.join(webDir, 'assets', 'index-abc123.js'), '1');
    await writeFile(path.join(webDir, '.env'), 'SECRET=1');
    const url = await start({ webDir });
    const html = { headers: { accept: 'text/html' } };
    const index = await fetch(`${url}/`, html);
    expect(index.headers.get('cache-control')).toBe('no-cache');
    expect(index.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await (await fetch(`${url}/analyses`, html)).text()).toBe('<h1>page</h1>');
    const deep = await fetch(`${url}/analyses/an_1/report`, { ...html, redirect: 'manual' });
    expect(new URL(deep.headers.get('location') ?? '', deep.url).pathname).toBe('/');
    const asset = await fetch(`${url}/assets/index-abc123.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${url}/assets/old.js`, html)).status).toBe(404);
    expect((await fetch(`${url}/v1/nothing`, html)).status).toBe(404);
    expect(await (await fetch(`${url}/.env`)).text()).not.toContain('SECRET');
    expect(await (await fetch(`${url}/..%2f..%2fetc%2fpasswd`)).text()).not.toContain('root:');
  });
});
