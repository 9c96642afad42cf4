import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deleteAnalysis, requestCancel } from '../../../src/db/analyses.js';
import { createSql, type Sql } from '../../../src/db/client.js';
import { listen, type Listener } from '../../../src/db/listen.js';
import { heartbeatSegment } from '../../../src/db/segments.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { waitFor } from '../../support/wait-for.js';
import { claimed, createAnalyzing, createQueued, keyOf } from './fixtures.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

const open: Listener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function hear(channel: string): Promise<{ readonly heard: string[]; readonly gaps: number[] }> {
  const heard: string[] = [];
  const gaps: number[] = [];
  const onReconnect = (): void => void gaps.push(heard.length);
  open.push(await listen(sql, channel, (payload) => void heard.push(payload), { onReconnect }));
  return { heard, gaps };
}

async function listenerPids(): Promise<number[]> {
  const rows = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = ${database.name} and query like 'listen%'`;
  return rows.map((row) => row.pid);
}

describe('listen', () => {
  it('hears of every change of an analysis and of its segments', async () => {
    const { heard } = await hear('hivis_analysis');
    const { id } = await createQueued(sql);
    await waitFor(() => heard.includes(id), { timeoutMs: 5_000 });
    const analysis = await createAnalyzing(sql, 1);
    const epoch = await claimed(sql, keyOf(analysis, 0));
    await waitFor(() => heard.includes(analysis.id), { timeoutMs: 5_000 });
    const before = heard.length;
    await heartbeatSegment(sql, keyOf(analysis, 0), epoch, 3);
    await waitFor(() => heard.slice(before).includes(analysis.id), { timeoutMs: 5_000 });
    await deleteAnalysis(sql, id);
    await waitFor(() => heard.at(-1) === id, { timeoutMs: 5_000 });
  });

  it('hears of cancel requests on their own channel only', async () => {
    const { heard } = await hear('hivis_cancel');
    const analysis = await createAnalyzing(sql, 1);
    await requestCancel(sql, analysis.id);
    await waitFor(() => heard.length > 0, { timeoutMs: 5_000 });
    expect(heard).toEqual([analysis.id]);
  });

  it('subscribes again after its connection was cut, and says so', async () => {
    const { heard, gaps } = await hear('hivis_cut');
    for (let round = 1; round <= 3; round += 1) {
      const pids = await waitFor(async () => (await listenerPids())[0], { timeoutMs: 5_000 });
      await sql`select pg_terminate_backend(${pids})`;
      await waitFor(() => gaps.length === round, { timeoutMs: 10_000, what: 'the reconnection' });
      await sql`select pg_notify('hivis_cut', ${`after ${round}`})`;
      await waitFor(() => heard.includes(`after ${round}`), { timeoutMs: 5_000 });
    }
    expect(heard).toHaveLength(3);
  });

  it('keeps trying while the database refuses connections', async () => {
    const { heard, gaps } = await hear('hivis_down');
    const admin = createSql(database.url.replace(/[^/]+$/, 'postgres'), { max: 1, applicationName: 'test' });
    try {
      await admin`alter database ${admin(database.name)} allow_connections false`;
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database.name}`;
      const refusals = await waitFor(
        async () => {
          const attempt = createSql(database.url, { max: 1, applicationName: 'test' });
          const refused = await attempt`select 1`.then(() => false).catch(() => true);
          await attempt.end({ timeout: 1 });
          return refused;
        },
        { timeoutMs: 5_000 },
      );
      expect(refusals).toBe(true);
      expect(gaps).toHaveLength(0);
      await admin`alter database ${admin(database.name)} allow_connections true`;
    } finally {
      await admin.end();
    }
    await waitFor(() => gaps.length === 1, { timeoutMs: 15_000 });
    await sql`select pg_notify('hivis_down', 'back')`;
    await waitFor(() => heard.includes('back'), { timeoutMs: 5_000 });
  });

  it('is quiet after close, and frees its connection', async () => {
    const { heard } = await hear('hivis_closed');
    await Promise.all(open.splice(0).map((listener) => listener.close()));
    await sql`select pg_notify('hivis_closed', 'nobody')`;
    await waitFor(async () => (await listenerPids()).length === 0, { timeoutMs: 5_000 });
    expect(heard).toEqual([]);
  });

  it('rejects when the first subscription is impossible', async () => {
    const nowhere = createSql('postgres://hivis:x@127.0.0.1:1/none', { max: 1, applicationName: 'test' });
    await expect(listen(nowhere, 'hivis_none', () => undefined)).rejects.toThrow();
    await nowhere.end();
  });
});
