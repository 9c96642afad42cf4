import type { Command } from 'commander';
import { loadManifest } from '../../inference/manifest.js';
import { verifyModelFile } from '../../inference/verify.js';
import { readSettings, type RunAction } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { explainError } from '../explain-error.js';
import { formatBytes } from '../format.js';
import { createTable } from '../verdict-table.js';

const EXAMPLES = `
Example:
  hivis models

Use one with hivis analyze --model <id>, or make it the default: MODEL_ID=<id>.`;

export function addModelsCommand(program: Command, run: RunAction): void {
  program
    .command('models')
    .summary('list the models and verify their files')
    .description('Lists the models of models/manifest.json and checks each file against its size and SHA-256.')
    .addHelpText('after', EXAMPLES)
    .action(() =>
      run(async ({ env, terminal }) => {
        const { config } = readSettings(env);
        const manifest = await loadManifest(config.models.dir);
        const table = createTable(['Model', 'Version', 'Size', 'Licence', 'Items', 'File'], [2]);
        const problems: string[] = [];
        for (const entry of manifest.models) {
          const problem = await verifyModelFile(config.models.dir, entry).then(
            () => null,
            (error: unknown) => explainError(error),
          );
          if (problem !== null) problems.push(problem);
          table.push([
            entry.id === config.models.defaultId ? `${entry.id} (default)` : entry.id,
            entry.version,
            formatBytes(entry.sizeBytes),
            entry.licence,
            Object.keys(entry.roles.items).join(', '),
            problem === null ? 'verified' : 'not usable',
          ]);
        }
        terminal.print(table.toString());
        for (const problem of problems) terminal.note(problem);
        return problems.length === 0 ? EXIT.ok : EXIT.failure;
      }),
    );
}
