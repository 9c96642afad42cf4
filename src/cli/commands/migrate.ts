import type { Command } from 'commander';
import { migrateDatabase } from '../../db/migrate-database.js';
import { createLogger } from '../../shared/logger.js';
import { readSettings, type RunAction } from '../context.js';
import { EXIT } from '../exit-codes.js';

const EXAMPLES = `
Example:
  DATABASE_URL=postgres://hivis:secret@db.example.com/hivis hivis migrate

The embedded database needs no such step: every start brings it up to date.`;

export function addMigrateCommand(program: Command, run: RunAction): void {
  program
    .command('migrate')
    .summary('bring the schema of DATABASE_URL up to date')
    .description(
      'Creates or updates the tables in the database that DATABASE_URL names. Safe to run again and in parallel.',
    )
    .addHelpText('after', EXAMPLES)
    .action(() =>
      run(async ({ env, terminal }) => {
        const { config } = readSettings(env);
        if (config.database.url === null) {
          terminal.note('hivis: DATABASE_URL is not set, so there is nothing to migrate (see hivis migrate --help).');
          return EXIT.usage;
        }
        const applied = await migrateDatabase(config.database.url, createLogger({ level: 'warn', name: 'migrate' }));
        for (const name of applied) terminal.print(`applied ${name}`);
        terminal.print(applied.length === 0 ? 'The database was up to date already.' : 'The database is up to date.');
        return EXIT.ok;
      }),
    );
}
