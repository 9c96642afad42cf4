import postgres from 'postgres';
import { HivisError } from '../shared/errors.js';

type PoolOptions = postgres.Options<{ bigint: postgres.PostgresType<number> }>;
type Types = { readonly bigint: number };

/** A pool of connections. */
export type Sql = postgres.Sql<Types>;
/** One connection inside a transaction. */
export type Tx = postgres.TransactionSql<Types>;
/** What most functions of this folder take: they run on the pool or as part of a caller's transaction. */
export type Db = Sql | Tx;
export type JsonValue = postgres.JSONValue;

/**
 * Opens nothing yet: connections are made when needed. `?prepare=false` in the URL is for PgBouncer in transaction mode.
 */
export function createSql(url: string, options: { readonly max: number; readonly applicationName: string }): Sql {
  return postgres(url, {
    max: options.max,
    connect_timeout: 10,
    idle_timeout: 300,
    connection: { application_name: options.applicationName },
    // Columns only: the ready-made camel transform would rewrite the keys inside jsonb values as well.
    transform: { column: { from: postgres.toCamel, to: postgres.fromCamel } },
    types: { bigint: { to: 20, from: [20], parse: parseBigint, serialize: (value: number) => String(value) } },
    onnotice: () => undefined,
  });
}

/** A pool of its own to the same database, apart from what `changes` says. */
export function createSqlLike(sql: Sql, changes: object): Sql {
  // The client takes its own parsed options back, which its types do not say.
  return postgres({ ...sql.options, ...changes } as unknown as PoolOptions);
}

function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new HivisError('internal', `The database holds a number beyond 2^53: ${text}`);
  return value;
}

/** Runs `work` in the caller's transaction, or in one of its own when handed the pool. */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  // The client's type unwraps arrays of promises, which no caller here returns.
  if ('begin' in db) return (await db.begin(work)) as T;
  return work(db);
}

/** Throws `database_unavailable` with the reason when Postgres does not answer. */
export async function pingDatabase(sql: Sql): Promise<void> {
  try {
    await sql`select 1`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HivisError(
      'database_unavailable',
      `Postgres does not answer: ${reason}. Check DATABASE_URL and the server.`,
      {
        retryable: true,
        cause,
      },
    );
  }
}
