import { styleText } from 'node:util';
import type { Environment } from '../embedded/spawn-child.js';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (colour: Colour, text: string) => string;

/** Results go to stdout (`print`), everything about the way there to stderr (`note`), so that pipes stay clean. */
export type Terminal = {
  print(text: string): void;
  note(text: string): void;
  /** Shows a line that the next note or status replaces; on a pipe an ordinary line. */
  status(text: string): void;
  clearStatus(): void;
  readonly paintOut: Paint;
  readonly paintNote: Paint;
  /** Whether notes go to a person's terminal. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly noteStream: NodeJS.WriteStream;
};

export function createTerminal(
  env: Environment,
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Terminal {
  const interactive = stderr.isTTY && env['TERM'] !== 'dumb';
  let statusShown = false;

  function clearStatus(): void {
    if (statusShown) stderr.write('\r\x1b[2K');
    statusShown = false;
  }

  return {
    print: (text) => {
      clearStatus();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clearStatus();
      stderr.write(`${text}\n`);
    },
    status: (text) => {
      clearStatus();
      stderr.write(interactive ? text : `${text}\n`);
      statusShown = interactive;
    },
    clearStatus,
    paintOut: createPaint(wantsColour(env, stdout)),
    paintNote: createPaint(wantsColour(env, stderr)),
    interactive,
    columns: stderr.isTTY ? stderr.columns : 80,
    noteStream: stderr,
  };
}

/** https://no-color.org: NO_COLOR set to anything but nothing turns colour off; FORCE_COLOR turns it on for pipes. */
export function wantsColour(env: Environment, stream: { readonly isTTY?: boolean }): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function createPaint(enabled: boolean): Paint {
  return (colour, text) => (enabled ? styleText(colour, text) : text);
}
