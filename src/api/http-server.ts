import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { HivisError } from '../shared/errors.js';

export type HttpServer = {
  readonly server: Server;
  /** The address for somebody on this machine. Throws `port_taken` with advice, `config_invalid` for a wrong HOST. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no more connections and waits until those that are open have been served; not for ever. */
  close(): Promise<void>;
};

/** How long requests that are being answered may take until their connections are cut. */
const DRAIN_MS = 4_000;

export function createHttpServer(handler: RequestListener, drainMs: number = DRAIN_MS): HttpServer {
  const server = createServer(handler);
  // A large upload may take hours; a connection on which nothing moves may not.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  server.timeout = 120_000;
  // Longer than the usual 60 s of proxies, which must not find a connection closed that they are about to use.
  server.keepAliveTimeout = 65_000;
  const unused = trackUnusedConnections(server);
  return {
    server,
    listen: (address) => startListening(server, address),
    close: () => closeServer(server, unused, drainMs),
  };
}

/** Browsers open connections ahead of need. Node does not count one as idle before its first request. */
function trackUnusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.prependListener('request', (req) => unused.delete(req.socket));
  return unused;
}

async function startListening(
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

async function closeServer(server: Server, unused: ReadonlySet<Socket>, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // Connections become idle one by one, when their answers are sent; kept alive they would hold the server up.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    for (const socket of unused) socket.destroy();
  }, 25);
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
