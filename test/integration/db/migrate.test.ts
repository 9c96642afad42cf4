import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSql } from '../../../src/db/client.js';
import { checkSchema, migrate } from '../../../src/db/migrate.js';
import { createLogger } from '../../../src/shared/logger.js';
import { createTestDatabase, MIGRATIONS_DIR, type TestDatabase } from '../../support/postgres.js';

const log = createLogger({ level: 'silent', name: 'test' });
let database: TestDatabase;
let dir: string;

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false });
  dir = await mkdtemp(path.join(tmpdir(), 'hivis-migrations-'));
  await cp(MIGRATIONS_DIR, dir, { recursive: true });
});
afterEach(async () => {
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

async function tables(): Promise<string[]> {
  const rows = await database.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`;
  return rows.map((row) => row.name);
}

describe('migrate', () => {
  it('makes the schema once', async () => {
    const names = (await readdir(dir)).sort();
    await expect(checkSchema(database.sql, dir)).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: expect.stringContaining('hivis migrate') as string,
    });
    expect(await migrate(database.sql, dir, log)).toEqual(names);
    expect(await migrate(database.sql, dir, log)).toEqual([]);
    await checkSchema(database.sql, dir);
    expect(await tables()).toContain('analyses');
  });

  it('is done by one of eight processes that start together', async () => {
    await writeFile(path.join(dir, '000002_slow.sql'), 'select pg_sleep(0.2);\ncreate table slow (id integer);\n');
    const pools = Array.from({ length: 8 }, (_, process) =>
      createSql(database.url, { max: 1, applicationName: `migrator-${process}` }),
    );
    try {
      const applied = await Promise.all(pools.map((sql) => migrate(sql, dir, log)));
      expect(applied.flat().sort()).toEqual((await readdir(dir)).sort());
    } finally {
      await Promise.all(pools.map((sql) => sql.end()));
    }
  });

  it('leaves nothing of a migration that fails, and goes on once it is mended', async () => {
    const file = path.join(dir, '000002_broken.sql');
    await writeFile(file, 'create table half_done (id integer);\nselect no_such_column;\n');
    await expect(migrate(database.sql, dir, log)).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: expect.stringContaining('no_such_column') as string,
    });
    expect(await tables()).toContain('analyses');
    expect(await tables()).not.toContain('half_done');
    await writeFile(file, 'create table half_done (id integer);\n');
    expect(await migrate(database.sql, dir, log)).toEqual(['000002_broken.sql']);
  });

  it('does not mind other line endings, and refuses an edited file', async () => {
    await migrate(database.sql, dir, log);
    const file = path.join(dir, '000001_init.sql');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    await checkSchema(database.sql, dir);
    await writeFile(file, `${text}-- harmless\n`);
    await expect(migrate(database.sql, dir, log)).rejects.toMatchObject({
      code: 'schema_mismatch',
      details: { changed: '000001_init.sql' },
    });
  });

  it('refuses a database that is newer than the program', async () => {
    const newer = path.join(dir, '000002_newer.sql');
    await writeFile(newer, 'create table newer (id integer);\n');
    await migrate(database.sql, dir, log);
    await rm(newer);
    await expect(migrate(database.sql, dir, log)).rejects.toMatchObject({
      code: 'schema_mismatch',
      details: { unknown: '000002_newer.sql' },
    });
    await expect(checkSchema(database.sql, dir)).rejects.toMatchObject({ code: 'schema_mismatch' });
  });

  it.each(['000003_gap.sql', '000001_twice.sql', '2_short.sql'])('refuses a folder with %s', async (name) => {
    await writeFile(path.join(dir, name), 'select 1;\n');
    await expect(migrate(database.sql, dir, log)).rejects.toMatchObject({ code: 'schema_mismatch' });
    expect(await tables()).not.toContain('analyses');
  });
});
