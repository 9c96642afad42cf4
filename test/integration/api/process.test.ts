import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isChildReport, type ChildReport } from '../../../src/shared/parent-process.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { findFreePort } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';

const MAIN = fileURLToPath(new URL('../../../src/api/main.ts', import.meta.url));

let database: TestDatabase;
let dataDir: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-api-process-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function start(env: Record<string, string>): { child: ChildProcess; report: Promise<ChildReport> } {
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx'],
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      LOG_LEVEL: 'silent',
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const report = once(child, 'message').then(([message]: unknown[]) => {
    if (!isChildReport(message)) throw new Error('an unknown message');
    return message;
  });
  return { child, report };
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

describe('the API process', () => {
  it('tells its parent where it listens, and ends in order on SIGTERM', async () => {
    const { child, report } = start({});
    const ready = await report;
    expect(ready).toMatchObject({ kind: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string });
    const url = ready.kind === 'ready' ? (ready.url ?? '') : '';
    const stream = await fetch(`${url}/v1/events`);
    const startedMs = Date.now();
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
    expect(Date.now() - startedMs).toBeLessThan(4_000);
    expect(await stream.text()).toContain('retry:');
  });

  it('ends when its parent has gone', async () => {
    const { child, report } = start({});
    await report;
    child.disconnect();
    expect(await exitCode(child)).toBe(0);
  });

  it('says what to do when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await waitFor(() => other.listening, { timeoutMs: 2_000 });
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { child, report } = start({ PORT: String(port) });
    expect(await report).toMatchObject({
      kind: 'failed',
      code: 'port_taken',
      message: expect.stringContaining('PORT=0') as string,
    });
    expect(await exitCode(child)).toBe(1);
    other.close();
  });

  it('does not start without its database', async () => {
    const { child, report } = start({ DATABASE_URL: `postgres://hivis@127.0.0.1:${await findFreePort()}/hivis` });
    expect(await report).toMatchObject({ kind: 'failed', code: 'database_unavailable' });
    expect(await exitCode(child)).toBe(1);
  });

  it('does not start on a schema that it does not know', async () => {
    const empty = await createTestDatabase({ migrated: false });
    const { child, report } = start({ DATABASE_URL: empty.url });
    expect(await report).toMatchObject({ kind: 'failed', code: 'schema_mismatch' });
    expect(await exitCode(child)).toBe(1);
    await empty.drop();
  });
});
