import { startStack, type StackEvent } from '../embedded/stack.js';
import type { Context, Settings } from './context.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { formatDuration } from './format.js';
import { renderLogLine } from './log-line.js';
import { prepareStack } from './server-session.js';

export type ServeOptions = {
  readonly port?: number;
  readonly host?: string;
  readonly workers?: number;
  readonly dataDir?: string;
};

/** `hivis serve`: everything in one process tree until Ctrl-C. */
export async function serve(context: Context, settings: Settings): Promise<ExitCode> {
  const { terminal, interrupts } = context;
  const prepared = await prepareStack(context, settings, 0);
  const startedMs = Date.now();
  let isRunning = false;
  const stack = await startStack({
    ...prepared,
    signal: interrupts.signal,
    onEvent: (event) => showEvent(context, event, isRunning),
  });
  isRunning = true;
  const { config } = settings;
  const workers = stack.workerCount === 1 ? '1 worker' : `${stack.workerCount} workers`;
  terminal.note(
    [
      '',
      `${terminal.paintNote('bold', 'hivis is running')} ${terminal.paintNote('dim', `(${workers}, started in ${formatDuration(Date.now() - startedMs)})`)}`,
      `  Web page   ${stack.url}`,
      `  API        ${stack.url}/v1/analyses   ${terminal.paintNote('dim', `description: ${stack.url}/openapi.json`)}`,
      `  Queues     ${stack.url}/admin/queues`,
      `  Data       ${config.dataDir}   ${terminal.paintNote('dim', 'logs in logs/')}`,
      terminal.paintNote('dim', '  Ctrl-C ends it'),
      '',
    ].join('\n'),
  );
  const interrupted = new Promise<void>((resolve) => interrupts.signal.addEventListener('abort', () => resolve()));
  try {
    await Promise.race([interrupted, stack.failure]);
    return EXIT.ok;
  } finally {
    interrupts.onSecond(() => stack.killChildren());
    terminal.note('Stopping: running work is handed back (Ctrl-C again ends it at once) …');
    await stack.stop();
    terminal.note('Stopped.');
  }
}

/** While it starts, good news is told by the banner alone. */
function showEvent({ terminal }: Context, event: StackEvent, isRunning: boolean): void {
  const { paintNote } = terminal;
  if (event.kind === 'step') {
    const words = { database: 'database', migrations: 'migrations', processes: 'API and workers' }[event.step];
    terminal.status(paintNote('dim', `Starting: ${words} …`));
  }
  if (event.kind === 'restarting')
    terminal.note(
      paintNote('yellow', `${event.name} ${event.reason}; starting it again in ${formatDuration(event.delayMs)}`),
    );
  if (event.kind === 'log' && (isRunning || event.record.level !== 'info')) {
    const line = renderLogLine(event.record, paintNote);
    if (line !== null) terminal.note(line);
  }
}
