import { InvalidArgumentError, type Command } from 'commander';
import { createAnalysisSchema, type CreateAnalysisRequest } from '../../api/schemas.js';
import type { RunAction } from '../context.js';
import { numberParser, addRuleOptions, readRules, wholeNumberParser, type RuleOptions } from '../rule-options.js';
import { analyzeSource, type AnalyzeOptions } from '../analyze-source.js';

type Options = RuleOptions &
  AnalyzeOptions & {
    readonly everyNFrames?: number;
    readonly sampleFps?: number;
    readonly imageSize?: number;
    readonly model?: string;
    readonly name?: string;
    readonly tag?: string;
    readonly recordedAt?: string;
  };

const EXAMPLES = `
Examples:
  hivis analyze gate.mp4
  hivis analyze https://videos.example.com/gate.mp4 --required helmet
  hivis analyze gate.mp4 --every-n-frames 1 --image-size 640
      slower, and sees smaller and shorter things
  hivis analyze gate.mp4 --recorded-at 2026-03-01T06:00:00+01:00
      puts clock times into the report
  hivis analyze gate.mp4 --json --fail-on-violation
      for scripts

Exit codes: 0 analysed (violations or not), 1 failed, 2 wrong usage,
3 violations found (only with --fail-on-violation), 130 interrupted.
An interrupted analysis continues when the same command is run again.`;

export function addAnalyzeCommand(program: Command, run: RunAction): void {
  const command = program
    .command('analyze')
    .summary('check a video file or URL and write a report')
    .description('Checks a video for helmets and vests and writes report.pdf, .html, .csv, .json and evidence stills.')
    .argument('<file|url>', 'a video file, or a http(s) URL to download it from')
    .option('--every-n-frames <n>', 'look at every n-th frame (default: 5)', wholeNumberParser(1, 10_000))
    .option('--sample-fps <fps>', 'instead: look at this many frames per second', numberParser(0.001, 1_000))
    .option('--image-size <px>', 'long side of the model input (default: 480)', wholeNumberParser(32, 1_920))
    .option('--model <id>', 'a model of `hivis models`');
  addRuleOptions(command)
    .option('--name <text>', 'name in the report (default: the file name)')
    .option('--tag <text>', 'tag to find it by in the UI')
    .option('--recorded-at <time>', 'clock time of the first frame, ISO 8601 with offset', parseRecordedAt)
    .option('--out <folder>', 'where the report goes (default: report/<name>-<id>)')
    .option('--data-dir <folder>', 'database and files (default: ./data, or DATA_DIR)')
    .option('--allow-private', 'let the URL name a private address, such as an intranet server')
    .option('--json', 'print the result as JSON on stdout')
    .option('--keep', 'leave the server running afterwards, to look at the result in a browser')
    .option('--fail-on-violation', 'end with exit code 3 when a violation was found')
    .addHelpText('after', EXAMPLES)
    .action((source: string, options: Options) =>
      run((context) => analyzeSource(context, source, buildRequest(options), options)),
    );
}

/** Everything but where the video comes from. What was not said is left to the server. */
function buildRequest(options: Options): CreateAnalysisRequest {
  const { everyNFrames, sampleFps, imageSize, model, name, tag, recordedAt } = options;
  const given = { everyNFrames, sampleFps, imageSize, model, name, tag, recordedAt, rules: readRules(options) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function parseRecordedAt(text: string): string {
  const parsed = createAnalysisSchema.shape.recordedAt.safeParse(text);
  if (!parsed.success)
    throw new InvalidArgumentError('It must be ISO 8601 with an offset, for example 2026-03-01T06:00:00+01:00.');
  return text;
}
