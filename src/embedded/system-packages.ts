import { existsSync } from 'node:fs';
import os from 'node:os';
import type { Tool } from '../shared/install-hint.js';
import { runCommand, type RunCommand } from './run-command.js';
import type { Environment } from './spawn-child.js';

const APT_PACKAGES: Readonly<Record<Tool, string>> = { ffmpeg: 'ffmpeg', redis: 'redis-server' };

export type PackageSystem = {
  readonly run: RunCommand;
  readonly env: Environment;
  readonly uid: number;
  readonly hasApt: boolean;
};

export function createPackageSystem(env: Environment): PackageSystem {
  return { run: runCommand, env, uid: os.userInfo().uid, hasApt: existsSync('/usr/bin/apt-get') };
}

/** How we may call apt-get: directly as root, through a sudo that asks for nothing, or not at all (null). */
export async function findAptPrefix(system: PackageSystem): Promise<readonly string[] | null> {
  if (!system.hasApt) return null;
  if (system.uid === 0) return [];
  const { exitCode } = await system.run('sudo', ['-n', 'true'], system.env);
  return exitCode === 0 ? ['sudo', '-n'] : null;
}

export type InstallOutcome =
  | { readonly kind: 'installed' }
  | { readonly kind: 'not_allowed' }
  | { readonly kind: 'failed'; readonly lastWords: string };

/** Installs a tool with apt-get, if this system and user allow that without asking anybody. */
export async function installWithApt(
  tool: Tool,
  system: PackageSystem,
  say: (line: string) => void,
): Promise<InstallOutcome> {
  const prefix = await findAptPrefix(system);
  if (prefix === null) return { kind: 'not_allowed' };
  const name = APT_PACKAGES[tool];
  say(`Installing ${name} with apt-get (once; this can take a minute) …`);
  const apt = async (...args: string[]) => {
    // `env` because sudo drops variables.
    const [command = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return system.run(command, rest, system.env);
  };
  const install = () => apt('install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', name);
  let result = await install();
  if (result.exitCode !== 0) {
    // A fresh image has no package lists yet, or old ones.
    await apt('update', '-qq');
    result = await install();
  }
  if (result.exitCode === 0) return { kind: 'installed' };
  return { kind: 'failed', lastWords: result.output.trim().split('\n').slice(-3).join('\n  ') };
}
