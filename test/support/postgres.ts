import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { createSql, type Sql } from '../../src/db/client.js';

export const MIGRATIONS_DIR = fileURLToPath(new URL('../../migrations', import.meta.url));

export type TestDatabase = {
  readonly url: string;
  readonly name: string;
  /** A pool of four connections. */
  readonly sql: Sql;
  /** Closes `sql` and removes the database, whoever is still connected. */
  drop(): Promise<void>;
};

/** A fresh, migrated database of its own for one test file: `beforeAll` creates it, `afterAll` drops it. */
export async function createTestDatabase(options: { readonly migrated?: boolean } = {}): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.migrated === false ? 'template0' : inject('templateDatabase');
  await asAdmin(serverUrl, (admin) => admin`create database ${admin(name)} template ${admin(template)}`);
  const url = databaseUrl(serverUrl, name);
  const sql = createSql(url, { max: 4, applicationName: 'hivis-test' });
  return {
    url,
    name,
    sql,
    async drop() {
      await sql.end({ timeout: 5 });
      await asAdmin(serverUrl, (admin) => admin`drop database if exists ${admin(name)} with (force)`);
    },
  };
}

/** The same server, another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement outside every test database. */
export async function asAdmin(serverUrl: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = createSql(databaseUrl(serverUrl, 'postgres'), { max: 1, applicationName: 'hivis-test-admin' });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
