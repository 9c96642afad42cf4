import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Starts an engine with stand-ins of the base images where no registry can be reached; beside a developer's checkout. */
const LAB = fileURLToPath(new URL('../../../shared/container-lab/up.sh', import.meta.url));

export type Result = { readonly exitCode: number; readonly stdout: string; readonly output: string };
export type RunOptions = { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number; readonly cwd?: string };

/** Runs a command to its end; `output` is both streams together. Never throws for an exit code. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 600_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error) => resolve({ exitCode: 127, stdout, output: String(error) }));
    child.once('close', (code) => resolve({ exitCode: code ?? 137, stdout, output }));
  });
}

export type Engine = {
  readonly version: string;
  /** Builds need the host's network here: a lab without a registry reaches package mirrors over it. */
  readonly isLab: boolean;
  /** Runs docker; throws with its output when it fails. Returns stdout. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The same without throwing. */
  tryDocker(args: readonly string[], options?: RunOptions): Promise<Result>;
  compose(args: readonly string[], options?: RunOptions): Promise<string>;
};

/** An engine whose client can build with BuildKit, with compose; undefined with the reason when there is none. */
export async function findEngine(): Promise<Engine | string> {
  const isLab = existsSync(LAB);
  if (isLab && (await pickClient()) === undefined) await run('bash', [LAB], { timeoutMs: 400_000 });
  const client = await pickClient();
  if (client === undefined) return 'no Docker engine answers here and none can be started';
  const composeCommand = await pickCompose(client.path);
  if (composeCommand === undefined) return 'neither `docker compose` nor `docker-compose` is installed';
  const env = { DOCKER_BUILDKIT: '1', COMPOSE_DOCKER_CLI_BUILD: '1' };
  const call = async (command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> =>
    run(command, args, { ...options, env: { ...env, ...options.env } });
  const strict = async (command: string, args: readonly string[], options?: RunOptions): Promise<string> => {
    const { exitCode, stdout, output } = await call(command, args, options);
    if (exitCode !== 0)
      throw new Error(`${command} ${args.slice(0, 4).join(' ')} … ended with ${exitCode}:\n${output.slice(-3000)}`);
    return stdout.trim();
  };
  const [composeProgram = '', ...composePrefix] = composeCommand;
  return {
    version: client.version,
    isLab,
    docker: (args, options) => strict(client.path, args, options),
    tryDocker: (args, options) => call(client.path, args, options),
    compose: (args, options) => strict(composeProgram, [...composePrefix, ...args], options),
  };
}

async function pickClient(): Promise<{ readonly path: string; readonly version: string } | undefined> {
  for (const path of ['docker', '/usr/bin/docker', '/usr/local/bin/docker']) {
    const { exitCode, stdout } = await run(path, ['version', '--format', '{{.Client.Version}} {{.Server.Version}}']);
    if (exitCode !== 0) continue;
    const [client = '', server = ''] = stdout.trim().split(' ');
    // Older clients have BuildKit built in, newer ones need the plugin.
    const hasBuildKit = Number(client.split('.')[0]) < 23 || (await run(path, ['buildx', 'version'])).exitCode === 0;
    if (hasBuildKit) return { path, version: server };
  }
  return undefined;
}

async function pickCompose(docker: string): Promise<readonly string[] | undefined> {
  if ((await run(docker, ['compose', 'version'])).exitCode === 0) return [docker, 'compose'];
  if ((await run('docker-compose', ['version'])).exitCode === 0) return ['docker-compose'];
  return undefined;
}
