/**
 * The one-shot that deployments run before anything else: brings the database of DATABASE_URL up to this program's
 * migrations, and ends. Exit code 1 with one log line when it cannot.
 */
import { loadConfig } from '../config/config.js';
import { readEnvironment } from '../config/environment.js';
import { HivisError, toHivisError } from '../shared/errors.js';
import { createLogger } from '../shared/logger.js';
import { migrateDatabase } from './migrate-database.js';

async function main(): Promise<void> {
  const log = createLogger({ level: 'info', name: 'migrate' });
  try {
    const { database } = loadConfig(readEnvironment());
    if (database.url === null)
      throw new HivisError('config_invalid', 'DATABASE_URL is not set, so there is nothing to migrate.');
    const applied = await migrateDatabase(database.url, log);
    log.info({ applied }, 'database is up to date');
  } catch (thrown) {
    log.fatal({ err: thrown, code: toHivisError(thrown).code }, 'database could not be migrated');
    process.exitCode = 1;
  }
}

await main();
