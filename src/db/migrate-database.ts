import { fileURLToPath } from 'node:url';
import { createSql } from './client.js';
import { migrate } from './migrate.js';
import type { Logger } from '../shared/logger.js';
import { findPackageRoot } from '../shared/package-root.js';

/** Brings a database up to the migrations that came with this program; returns what had to be applied. */
export async function migrateDatabase(url: string, logger: Logger): Promise<readonly string[]> {
  const sql = createSql(url, { max: 2, applicationName: 'hivis-migrate' });
  try {
    return await migrate(sql, fileURLToPath(new URL('migrations/', findPackageRoot())), logger);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
