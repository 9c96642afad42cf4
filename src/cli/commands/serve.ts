import type { Command } from 'commander';
import { readSettings, type RunAction } from '../context.js';
import { wholeNumberParser } from '../rule-options.js';
import { serve, type ServeOptions } from '../serve-stack.js';

const EXAMPLES = `
Examples:
  hivis serve
  hivis serve --port 8080 --workers 4
  DATABASE_URL=postgres://… REDIS_URL=redis://… hivis serve
      with servers of your own

Ctrl-C ends it in order. Running work is handed back, and continues at the next
start.`;

export function addServeCommand(program: Command, run: RunAction): void {
  program
    .command('serve')
    .summary('run the API, the web page and the workers')
    .description('Runs API, web page, queue dashboard and workers on this machine until Ctrl-C. Data stays in ./data.')
    .option('--port <port>', 'port to listen on (default: 3000, or PORT)', wholeNumberParser(0, 65_535))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1, or HOST)')
    .option('--workers <n>', 'worker processes (default: one per core, or WORKER_PROCESSES)', wholeNumberParser(1, 512))
    .option('--data-dir <folder>', 'database and files (default: ./data, or DATA_DIR)')
    .addHelpText('after', EXAMPLES)
    .action((options: ServeOptions) =>
      run((context) =>
        serve(
          context,
          readSettings(context.env, {
            PORT: options.port?.toString(),
            HOST: options.host,
            WORKER_PROCESSES: options.workers?.toString(),
            DATA_DIR: options.dataDir,
          }),
        ),
      ),
    );
}
