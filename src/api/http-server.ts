import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HivisError } from '../shared/errors.js';

/** How long requests that are being answered may take until their connections are cut. */
const DRAIN_MS = 4_000;

/** The address for somebody on this machine. Throws `port_taken` with advice, `config_invalid` for a wrong HOST. */
export async function startListening(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<string> {
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw explain(cause, address);
  }
  const { port } = server.address() as AddressInfo;
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function explain(cause: unknown, { host, port }: { readonly host: string; readonly port: number }): HivisError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EADDRINUSE')
    return new HivisError(
      'port_taken',
      `Port ${port} on ${host} is taken, maybe by another hivis. Stop that program, or set PORT to another port (PORT=0 takes a free one).`,
      { cause },
    );
  if (code === 'EACCES')
    return new HivisError('port_taken', `Port ${port} needs special rights. Set PORT to one above 1023.`, { cause });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HivisError('config_invalid', `HOST=${host} PORT=${port} cannot be listened on: ${reason}`, { cause });
}

/** Takes no more connections and waits until those that are open have been served; not for ever. */
export async function closeServer(server: Server, drainMs: number = DRAIN_MS): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // Connections become idle one by one, when their answers are sent; kept alive they would hold the server up.
  const sweep = setInterval(() => server.closeIdleConnections(), 25);
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
