import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { AnalysisView } from '../../src/api/schemas.js';
import { waitFor } from '../support/wait-for.js';
import { run, type Engine } from './engine.js';
import { tagOf } from './images.js';

const SERVICES_TIMEOUT_MS = 120_000;

/** The compose stack of one test run, under its own project name, on its own port, with its own secrets. */
export type Stack = {
  readonly url: string;
  compose(...args: readonly string[]): Promise<string>;
  /** Starts what is not running with this many workers, and waits until the API answers through `web`. */
  up(workers: number): Promise<void>;
  /** Ids of the running containers of a service. */
  containers(service: string): Promise<string[]>;
  fetch(pathname: string, init?: RequestInit & { readonly anonymous?: boolean }): Promise<Response>;
  submit(body: object): Promise<AnalysisView>;
  view(id: string): Promise<AnalysisView>;
  completed(id: string, timeoutMs: number): Promise<AnalysisView>;
  /** report.json without ids and clock times. */
  report(id: string): Promise<unknown>;
  volume(name: string): string;
  network(name: string): string;
  /** Containers, networks, volumes, secrets: all gone. */
  remove(): Promise<void>;
};

export async function openStack(engine: Engine): Promise<Stack> {
  const project = `hivistest${randomBytes(4).toString('hex')}`;
  const secrets = mkdtempSync(path.join(os.tmpdir(), 'hivis-secrets-'));
  const made = await run('sh', ['compose/make-secrets.sh', secrets]);
  if (made.exitCode !== 0) throw new Error(`make-secrets.sh failed: ${made.output}`);
  const apiKey = readFileSync(path.join(secrets, 'metrics_api_key'), 'utf8');
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const env = composeEnvironment(secrets, port);
  const compose = (...args: readonly string[]): Promise<string> =>
    engine.compose(['-p', project, '-f', 'compose/compose.yaml', '-f', 'test/images/compose.test.yaml', ...args], {
      env,
    });
  const send: Stack['fetch'] = (pathname, { anonymous, ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (anonymous !== true) headers.set('authorization', `Bearer ${apiKey}`);
    return fetch(new URL(pathname, url), { ...init, headers });
  };
  const getJson = async <T>(pathname: string): Promise<T> => (await ok(await send(pathname))).json() as Promise<T>;
  return {
    url,
    compose,
    up: async (workers) => {
      await compose('up', '-d', '--no-build', '--scale', `worker=${workers}`);
      await waitFor(async () => (await send('/readyz').catch(() => undefined))?.ok, {
        timeoutMs: SERVICES_TIMEOUT_MS,
        what: 'the API behind web',
      });
    },
    containers: async (service) => (await compose('ps', '-q', service)).split('\n').filter((id) => id !== ''),
    fetch: send,
    submit: async (body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await send('/v1/analyses', { method: 'POST', headers, body: JSON.stringify(body) });
      return (await ok(response)).json() as Promise<AnalysisView>;
    },
    view: (id) => getJson<AnalysisView>(`/v1/analyses/${id}`),
    completed: async (id, timeoutMs) => {
      const hasEnded = async (): Promise<AnalysisView | undefined> => {
        const view = await getJson<AnalysisView>(`/v1/analyses/${id}`);
        return view.finishedAt === null ? undefined : view;
      };
      const view = await waitFor(hasEnded, { timeoutMs, intervalMs: 200, what: `the end of ${id}` });
      if (view.status !== 'completed') throw new Error(`${id} is ${view.status}: ${JSON.stringify(view.error)}`);
      return view;
    },
    report: async (id) => timelessReport(await (await ok(await send(`/v1/analyses/${id}/report.json`))).text()),
    volume: (name) => `${project}_${name}`,
    network: (name) => `${project}_${name}`,
    remove: async () => {
      await compose('down', '-v', '--remove-orphans', '-t', '5');
      rmSync(secrets, { recursive: true, force: true });
    },
  };
}

/** report.json without ids and clock times: a pure function of source, model and settings. */
export function timelessReport(json: string): unknown {
  const report = JSON.parse(json) as { readonly analysis: object };
  const analysis = { ...report.analysis, id: null, assessmentId: null, createdAt: null };
  return { ...report, generatedAt: null, analysis };
}

/** Fails with what the server said. */
export async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  return response;
}

function composeEnvironment(secrets: string, port: number): Record<string, string> {
  return {
    SECRETS_DIR: secrets,
    WEB_PORT: String(port),
    HIVIS_API_IMAGE: tagOf('api'),
    HIVIS_WORKER_IMAGE: tagOf('worker'),
    HIVIS_WEB_IMAGE: tagOf('web'),
    HIVIS_MODEL_IMAGE: tagOf('model'),
    // The sample's server has a private address.
    URL_ALLOW_PRIVATE: 'true',
    // Many segments, and a dead worker's are taken over soon.
    SEGMENT_TARGET_FRAMES: '20',
    JOB_LOCK_DURATION_MS: '10000',
    RECONCILE_INTERVAL_MS: '5000',
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
