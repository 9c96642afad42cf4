import { Command, CommanderError } from 'commander';
import { readEnvironment } from '../config/environment.js';
import { HIVIS_VERSION } from '../shared/version.js';
import { addAnalyzeCommand } from './commands/analyze.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addMigrateCommand } from './commands/migrate.js';
import { addModelsCommand } from './commands/models.js';
import { addRescoreCommand } from './commands/rescore.js';
import { addServeCommand } from './commands/serve.js';
import { addVerifyCommand } from './commands/verify.js';
import type { RunAction } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { explainError } from './explain-error.js';
import { createInterrupts } from './interrupts.js';
import { createTerminal } from './terminal.js';

const HELP = `
Examples:
  hivis analyze samples/site-demo.mp4   check one video and write a report
  hivis serve                           run the service with its web page
  hivis doctor                          see whether everything is there

Settings are environment variables; .env.example lists them.`;

/** Runs one command line and says what the process should end with. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const run: RunAction = async (action) => {
    exitCode = await runAction(action);
  };
  const program = buildProgram(run);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Asking for help or the version is no mistake; everything else commander throws is wrong usage.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}

export function buildProgram(run: RunAction): Command {
  const program = new Command('hivis')
    .description('Checks recorded video for helmets and high-visibility vests, and writes reports with evidence.')
    .version(HIVIS_VERSION, '-v, --version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what is possible.')
    .configureOutput({ outputError: (text, write) => write(`hivis: ${text.replace(/^error: /, '')}`) })
    .addHelpText('after', HELP);
  addAnalyzeCommand(program, run);
  addServeCommand(program, run);
  addRescoreCommand(program, run);
  addVerifyCommand(program, run);
  addModelsCommand(program, run);
  addDoctorCommand(program, run);
  addMigrateCommand(program, run);
  return program;
}

async function runAction(action: Parameters<RunAction>[0]): Promise<ExitCode> {
  const interrupts = createInterrupts();
  let fail = (message: string): void => console.error(message);
  try {
    const env = readEnvironment();
    const terminal = createTerminal(env);
    fail = (message) => terminal.note(`${terminal.paintNote('red', 'hivis:')} ${message}`);
    return await action({ env, terminal, interrupts });
  } catch (error) {
    if (interrupts.signal.aborted) return EXIT.interrupted;
    fail(explainError(error));
    return EXIT.failure;
  } finally {
    interrupts.dispose();
  }
}
