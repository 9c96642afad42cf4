import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSql, inTransaction, pingDatabase, type Sql } from '../../../src/db/client.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  sql = database.sql;
});
afterAll(() => database.drop());

describe('createSql', () => {
  it('renames columns and leaves the keys inside jsonb alone', async () => {
    const [row] = await sql`select 1 as frame_index, ${sql.json({ snake_key: { inner_key: 1 } })}::jsonb as some_json`;
    expect(row).toEqual({ frameIndex: 1, someJson: { snake_key: { inner_key: 1 } } });
  });

  it('reads bigint as a number and refuses one that a number cannot hold', async () => {
    const [row] = await sql`select 9007199254740991::bigint as large, count(*) as none from pg_class where false`;
    expect(row).toEqual({ large: Number.MAX_SAFE_INTEGER, none: 0 });
    await expect(sql`select 9007199254740993::bigint as too_large`).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('inTransaction', () => {
  it('opens one on the pool and joins the one of its caller', async () => {
    await sql`create table joined (id integer)`;
    await inTransaction(sql, (tx) => tx`insert into joined values (1)`);
    const broken = sql.begin(async (tx) => {
      await inTransaction(tx, (inner) => inner`insert into joined values (2)`);
      throw new Error('undo');
    });
    await expect(broken).rejects.toThrow('undo');
    expect(await sql`select id from joined`).toEqual([{ id: 1 }]);
  });
});

describe('pingDatabase', () => {
  it('is content with a server that answers', async () => {
    await expect(pingDatabase(sql)).resolves.toBeUndefined();
  });

  it('says what is wrong with one that does not', async () => {
    const nowhere = createSql('postgres://hivis:x@127.0.0.1:1/none', { max: 1, applicationName: 'test' });
    await expect(pingDatabase(nowhere)).rejects.toMatchObject({ code: 'database_unavailable', retryable: true });
    await nowhere.end();
  });
});
