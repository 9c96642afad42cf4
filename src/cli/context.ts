import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, type Config } from '../config/config.js';
import type { Environment } from '../embedded/spawn-child.js';
import { findPackageRoot } from '../shared/package-root.js';
import type { ExitCode } from './exit-codes.js';
import type { Interrupts } from './interrupts.js';
import type { Terminal } from './terminal.js';

/** What every command gets handed in. */
export type Context = {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly interrupts: Interrupts;
};

/** How a command's action is run: with a context, and its errors turned into a message and an exit code. */
export type RunAction = (action: (context: Context) => Promise<ExitCode>) => Promise<void>;

export type Settings = { readonly config: Config; readonly env: Environment };

/** The configuration under the options of a command, and the environment that says the same to child processes. */
export function readSettings(env: Environment, overrides: Environment = {}): Settings {
  const merged = readChildEnvironment(env, overrides);
  return { config: loadConfig(merged), env: merged };
}

/** The bundled models are found wherever the command is called from; an option that was not given changes nothing. */
export function readChildEnvironment(env: Environment, overrides: Environment = {}): Environment {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const bundledModels = path.join(fileURLToPath(findPackageRoot()), 'models');
  return { ...env, MODELS_DIR: env['MODELS_DIR'] ?? bundledModels, ...given };
}
