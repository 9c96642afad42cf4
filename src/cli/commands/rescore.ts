import type { Command } from 'commander';
import type { RunAction } from '../context.js';
import { rescore, type RescoreOptions } from '../rescore-analysis.js';
import { addRuleOptions, readRules, type RuleOptions } from '../rule-options.js';

const EXAMPLES = `
Examples:
  hivis rescore an_019ab0c4d5e6… --required helmet
  hivis rescore an_019ab0c4d5e6… --zones zones.json --min-violation-ms 2000

The id is in report.json and in the web page. Rules that are not given stay as
they were.`;

export function addRescoreCommand(program: Command, run: RunAction): void {
  const command = program
    .command('rescore')
    .summary('judge an analysis again by other rules, without inference')
    .description('Judges the detections of a finished analysis again by other rules. The first report stays as it is.')
    .argument('<analysisId>', 'id of a finished analysis in the data folder');
  addRuleOptions(command)
    .option('--out <folder>', 'where the report goes (default: report/<name>-<id>)')
    .option('--data-dir <folder>', 'database and files (default: ./data, or DATA_DIR)')
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText('after', EXAMPLES)
    .action((analysisId: string, options: RuleOptions & RescoreOptions) =>
      run((context) => rescore(context, analysisId, readRules(options), options)),
    );
}
