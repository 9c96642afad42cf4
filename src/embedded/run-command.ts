import { spawn } from 'node:child_process';

export type CommandResult = { readonly exitCode: number | null; readonly output: string };
export type RunCommand = (
  command: string,
  args: readonly string[],
  env?: Readonly<Record<string, string | undefined>>,
) => Promise<CommandResult>;

const MAX_OUTPUT_CHARS = 262_144;

/** Runs a program to its end with nothing on stdin. A program that does not exist has exit code null. */
export function runCommand(...[command, args, env]: Parameters<RunCommand>): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env: { ...env } }) });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT_CHARS);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve({ exitCode: null, output: error.message }));
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
