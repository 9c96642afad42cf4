import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HivisError } from '../shared/errors.js';

const POLL_MS = 100;

/** Waits until the API says that it can work; throws the reasons it gave last when that takes too long. */
export async function waitUntilReady(url: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const giveUpMs = Date.now() + timeoutMs;
  let last = 'no answer';
  while (Date.now() < giveUpMs) {
    signal.throwIfAborted();
    try {
      const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return;
      last = (await response.text()).slice(0, 500);
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(POLL_MS, undefined, { signal });
  }
  throw new HivisError('server_unreachable', `The API did not become ready within ${timeoutMs / 1000} s: ${last}`);
}

const PORT_PATIENCE_MS = 2_000;

/**
 * Throws `port_taken` when nothing could listen there. Port 0 is always free. A taken port gets a moment: after a
 * `kill -9` of the parent the old API is just about to end.
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const giveUpMs = Date.now() + PORT_PATIENCE_MS;
  for (;;) {
    const problem = await tryToListen(host, port);
    if (problem === null) return;
    if (problem.code !== 'port_taken' || Date.now() > giveUpMs) throw problem;
    await delay(POLL_MS);
  }
}

async function tryToListen(host: string, port: number): Promise<HivisError | null> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return null;
  } catch (cause) {
    return explainListenError(cause, host, port);
  } finally {
    server.close();
  }
}

function explainListenError(cause: unknown, host: string, port: number): HivisError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE')
    return new HivisError(
      'port_taken',
      `Port ${port} on ${host} is taken by another program. Stop that program, or choose another port: hivis serve --port ${port + 1} (or PORT=${port + 1}).`,
      { cause },
    );
  if (code === 'EACCES')
    return new HivisError(
      'port_taken',
      `Port ${port} needs administrator rights. Choose one above 1023: hivis serve --port 3000.`,
      { cause },
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new HivisError(
      'config_invalid',
      `${host} is not an address of this machine. Use --host 127.0.0.1 (this machine only) or 0.0.0.0 (every address).`,
      { cause },
    );
  return new HivisError('internal', `Cannot listen on ${host}:${port}: ${String(cause)}`, { cause });
}
