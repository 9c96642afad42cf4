import type { Command } from 'commander';
import { examine, type DoctorCheck } from '../../embedded/doctor.js';
import { readChildEnvironment, type RunAction } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { Paint } from '../terminal.js';

const EXAMPLES = `
Example:
  hivis doctor

Changes nothing. Ends with exit code 1 when something needed is missing.`;

export function addDoctorCommand(program: Command, run: RunAction): void {
  program
    .command('doctor')
    .summary('see what is there, what is missing and how to get it')
    .description('Checks this machine and the settings, and says how to get what is missing.')
    .option('--data-dir <folder>', 'database and files (default: ./data, or DATA_DIR)')
    .addHelpText('after', EXAMPLES)
    .action((options: { readonly dataDir?: string }) =>
      run(async ({ env, terminal }) => {
        const checks = await examine(readChildEnvironment(env, { DATA_DIR: options.dataDir }));
        for (const check of checks) terminal.print(renderCheck(check, terminal.paintOut));
        const missing = checks.filter((check) => check.status === 'missing');
        terminal.print('');
        if (missing.length === 0) terminal.print(terminal.paintOut('green', 'Ready: hivis can run here.'));
        else terminal.print(terminal.paintOut('red', `Missing: ${missing.map((check) => check.name).join(', ')}.`));
        return missing.length === 0 ? EXIT.ok : EXIT.failure;
      }),
    );
}

const MARKS = { ok: ['green', '✔'], missing: ['red', '✘'], optional: ['yellow', '–'] } as const;

function renderCheck({ name, status, finding, advice }: DoctorCheck, paint: Paint): string {
  const [colour, mark] = MARKS[status];
  const indent = ' '.repeat(13);
  const text = finding.replaceAll('\n', `\n${indent}`);
  const head = `${paint(colour, mark)} ${name.padEnd(10)} ${text}`;
  return advice === undefined ? head : `${head}\n${indent}${paint('cyan', '→')} ${advice}`;
}
