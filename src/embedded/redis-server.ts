import { installCommand } from '../shared/install-hint.js';
import { runCommand } from './run-command.js';
import type { Environment } from './spawn-child.js';
import { createPackageSystem, installWithApt } from './system-packages.js';

/** The version of the redis-server in PATH; undefined when there is none. */
export async function findRedisServer(): Promise<string | undefined> {
  const { exitCode, output } = await runCommand('redis-server', ['--version']);
  return exitCode === 0 ? (/v=(\S+)/.exec(output)?.[1] ?? 'of unknown version') : undefined;
}

/**
 * For the tests alone: hivis itself needs no Redis. Installs one where that is allowed, and otherwise says what is
 * skipped for the lack of it.
 */
export async function ensureRedisServer(env: Environment, say: (line: string) => void): Promise<boolean> {
  if ((await findRedisServer()) !== undefined) return true;
  const outcome = await installWithApt('redis', createPackageSystem(env), say);
  if (outcome.kind === 'installed' && (await findRedisServer()) !== undefined) return true;
  const why = outcome.kind === 'failed' ? ` apt-get said:\n  ${outcome.lastWords}` : '';
  say(`redis-server is not there, so the tests skip their Redis half (get it with: ${installCommand('redis')}).${why}`);
  return false;
}
