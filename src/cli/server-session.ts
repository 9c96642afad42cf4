import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { readDataDirLock } from '../embedded/data-dir-lock.js';
import { assertDiskSpace, assertModel, ensureDataDir, ensureFfmpeg } from '../embedded/preflight.js';
import { startStack, type Stack, type StackEvent } from '../embedded/stack.js';
import { createApiClient, type ApiClient } from './api-client.js';
import type { Context, Settings } from './context.js';
import { formatDuration } from './format.js';

/** A hivis server to talk to: one that already serves the data folder, or one of our own. */
export type ServerSession = {
  readonly client: ApiClient;
  /** Ours: it ends with `close`. null: somebody else's. */
  readonly stack: Stack | null;
  /** Whether a server that does not answer will not come back. */
  isGone(): Promise<boolean>;
  close(): Promise<void>;
};

const STARTING_PATIENCE_MS = 60_000;
const STEP_WORDS = {
  database: 'Starting the database …',
  migrations: 'Preparing the database …',
  processes: 'Starting API and workers …',
} as const;

/** Uses the server of the data folder when there is one (also one that is just starting), else starts one on a free port. */
export async function openServerSession(
  context: Context,
  settings: Settings,
  sourceBytes: number,
): Promise<ServerSession> {
  await ensureDataDir(settings.config.dataDir);
  const running = await findServer(settings.config, context.interrupts.signal);
  if (running !== undefined) {
    context.terminal.note(context.terminal.paintNote('dim', `Using the hivis that runs at ${running}`));
    return attachTo(running, settings.config);
  }
  return await startOwn(context, settings, sourceBytes);
}

/** Throws when the folder is held and its holder does not say within a minute where it listens. */
async function findServer(config: Config, signal: AbortSignal): Promise<string | undefined> {
  const giveUpMs = Date.now() + STARTING_PATIENCE_MS;
  for (;;) {
    const holder = await readDataDirLock(config.dataDir);
    if (holder === undefined) return undefined;
    if (holder.url !== null) return holder.url;
    // startStack will say who holds it.
    if (Date.now() > giveUpMs) return undefined;
    await delay(250, undefined, { signal });
  }
}

function attachTo(url: string, config: Config): ServerSession {
  return {
    client: createApiClient(url, firstApiKey(config)),
    stack: null,
    isGone: async () => (await readDataDirLock(config.dataDir))?.url !== url,
    close: () => Promise.resolve(),
  };
}

async function startOwn(context: Context, settings: Settings, sourceBytes: number): Promise<ServerSession> {
  const { terminal, interrupts } = context;
  const prepared = await prepareStack(context, settings, sourceBytes);
  const startedMs = Date.now();
  const stack = await startStack({
    ...prepared,
    signal: interrupts.signal,
    onEvent: (event) => announce(context, event),
  });
  interrupts.onSecond(() => stack.killChildren());
  const workers = stack.workerCount === 1 ? '1 worker' : `${stack.workerCount} workers`;
  terminal.note(terminal.paintNote('dim', `Started with ${workers} in ${formatDuration(Date.now() - startedMs)}`));
  return {
    client: createApiClient(stack.url, firstApiKey(settings.config)),
    stack,
    isGone: () => Promise.resolve(false),
    close: async () => {
      terminal.status(
        terminal.paintNote(
          'dim',
          interrupts.signal.aborted ? 'Stopping (Ctrl-C again ends it at once) …' : 'Stopping …',
        ),
      );
      await stack.stop();
      terminal.clearStatus();
    },
  };
}

/** Everything that can be found wrong before a process is started, and the paths that the children shall use. */
export async function prepareStack(context: Context, settings: Settings, sourceBytes: number): Promise<Settings> {
  const { config } = settings;
  await ensureDataDir(config.dataDir);
  await assertDiskSpace(config.dataDir, sourceBytes);
  await assertModel(config);
  const tools = await ensureFfmpeg(config, settings.env, (line) => context.terminal.note(line));
  return {
    config,
    env: { ...settings.env, FFMPEG_PATH: tools.ffmpegPath, FFPROBE_PATH: tools.ffprobePath },
  };
}

function announce({ terminal }: Context, event: StackEvent): void {
  if (event.kind === 'step') terminal.status(terminal.paintNote('dim', STEP_WORDS[event.step]));
  if (event.kind === 'restarting')
    terminal.note(terminal.paintNote('yellow', `${event.name} ${event.reason}; starting it again`));
}

function firstApiKey(config: Config): string | null {
  return config.auth.apiKeys[0]?.secret ?? null;
}
