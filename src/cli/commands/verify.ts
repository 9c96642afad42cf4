import type { Command } from 'commander';
import type { RunAction } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { verifyReport } from '../verify-report.js';

const EXAMPLES = `
Examples:
  hivis verify report/gate-60718293
  hivis verify report/gate-60718293 --source gate.mp4

Ends with exit code 1 when something is missing or was changed.`;

export function addVerifyCommand(program: Command, run: RunAction): void {
  program
    .command('verify')
    .summary('check that a report and its evidence were not changed')
    .description('Checks the evidence stills (and the video) against the SHA-256 values in report.json.')
    .argument('<folder>', 'the folder of a report')
    .option('--source <file>', 'the video that the report is about')
    .addHelpText('after', EXAMPLES)
    .action((folder: string, options: { readonly source?: string }) =>
      run(async ({ terminal }) => {
        const checks = await verifyReport(folder, options.source ?? null);
        const mark = (ok: boolean): string => (ok ? terminal.paintOut('green', '✔') : terminal.paintOut('red', '✘'));
        for (const check of checks) terminal.print(`${mark(check.ok)} ${check.name}  ${check.finding}`);
        const bad = checks.filter((check) => !check.ok).length;
        terminal.print(bad === 0 ? 'Everything is as the report says.' : `${bad} of ${checks.length} checks failed.`);
        return bad === 0 ? EXIT.ok : EXIT.failure;
      }),
    );
}
