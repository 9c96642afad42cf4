import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { HivisError } from '../shared/errors.js';
import { sha256Bytes } from '../shared/hash.js';
import type { Logger } from '../shared/logger.js';
import type { Db, Sql } from './client.js';

/** Any number that nothing else in the database locks on: "hivis" in ASCII. */
const LOCK_KEY = 0x68697669;
const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/;

type MigrationFile = {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
};
type AppliedMigration = { readonly version: number; readonly name: string; readonly checksum: string };

/**
 * Brings the schema up to the newest file of `dir`, one transaction each; any number of processes may call it at once.
 * Returns the names of the migrations that this call applied. Throws `schema_mismatch` when an applied file was edited
 * or the database is newer than the program.
 */
export async function migrate(sql: Sql, dir: string, log: Logger): Promise<string[]> {
  const files = await readMigrations(dir);
  const applied: string[] = [];
  for (;;) {
    const file = await applyNext(sql, files);
    if (file === undefined) return applied;
    applied.push(file.name);
    log.info({ migration: file.name }, 'migration applied');
  }
}

/** Throws `schema_mismatch` unless the schema is exactly the one that the files of `dir` make. */
export async function checkSchema(sql: Sql, dir: string): Promise<void> {
  const files = await readMigrations(dir);
  const [table] = await sql<{ found: boolean }[]>`select to_regclass('hivis_migrations') is not null as found`;
  const applied = table?.found === true ? await readApplied(sql) : [];
  const next = findNext(files, applied);
  if (next === undefined) return;
  throw new HivisError(
    'schema_mismatch',
    `The database schema is behind this program: ${next.name} is missing. Run "hivis migrate" (npm run migrate) first.`,
    { details: { missing: next.name } },
  );
}

/** The lock lives as long as the transaction, so a killed process never leaves it behind. */
async function applyNext(sql: Sql, files: readonly MigrationFile[]): Promise<MigrationFile | undefined> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK_KEY})`;
    await tx`
      create table if not exists hivis_migrations (
        version integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`;
    const next = findNext(files, await readApplied(tx));
    if (next === undefined) return undefined;
    try {
      await tx.unsafe(next.text).simple();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new HivisError('schema_mismatch', `Migration ${next.name} failed and was rolled back: ${reason}`, {
        cause,
      });
    }
    await tx`
      insert into hivis_migrations (version, name, checksum)
      values (${next.version}, ${next.name}, ${next.checksum})`;
    return next;
  });
}

async function readApplied(db: Db): Promise<AppliedMigration[]> {
  return db<AppliedMigration[]>`select version, name, checksum from hivis_migrations order by version`;
}

/** The first file that is not applied yet; throws when what is applied is not a prefix of the files. */
function findNext(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): MigrationFile | undefined {
  for (const [position, done] of applied.entries()) {
    const file = files[position];
    if (file?.version !== done.version)
      throw new HivisError(
        'schema_mismatch',
        `The database has migration ${done.name}, which this program does not know: it was made by a newer hivis. Start that version or a newer one.`,
        { details: { unknown: done.name } },
      );
    if (file.checksum !== done.checksum)
      throw new HivisError(
        'schema_mismatch',
        `Migration ${file.name} was changed after it had been applied to this database. Restore the file as it was and put the change into a new migration.`,
        { details: { changed: file.name } },
      );
  }
  return files[applied.length];
}

async function readMigrations(dir: string): Promise<MigrationFile[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  const files = await Promise.all(names.map((name) => readMigration(dir, name)));
  for (const [position, file] of files.entries())
    if (file.version !== position + 1)
      throw new HivisError('schema_mismatch', `Migrations must be numbered 1, 2, 3 …: ${file.name} is out of order.`);
  return files;
}

async function readMigration(dir: string, name: string): Promise<MigrationFile> {
  const version = FILE_NAME.exec(name)?.[1];
  if (version === undefined)
    throw new HivisError('schema_mismatch', `${path.join(dir, name)} must be named like 000002_add_something.sql.`);
  // A checkout with other line endings, or an editor's byte order mark, is still the same migration.
  const text = (await readFile(path.join(dir, name), 'utf8')).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return { version: Number(version), name, text, checksum: sha256Bytes(text) };
}
