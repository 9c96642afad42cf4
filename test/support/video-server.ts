import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One scripted behaviour of a server. `attempt` counts the requests of this path, from 1. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

export type VideoServer = {
  readonly port: number;
  readonly url: (path: string, host?: string) => string;
  /** Every request that arrived, in order. */
  readonly requests: { readonly method: string; readonly path: string; readonly headers: http.IncomingHttpHeaders }[];
  readonly connectionCount: () => number;
  readonly openConnections: () => number;
  readonly close: () => Promise<void>;
};

/** A local server with one behaviour per path; other paths answer 404. Port 0: a free one. */
export async function startVideoServer(
  behaviours: Readonly<Record<string, Behaviour>>,
  options: { readonly host?: string; readonly port?: number; readonly tls?: { key: string; cert: string } } = {},
): Promise<VideoServer> {
  const host = options.host ?? '127.0.0.1';
  const requests: VideoServer['requests'] = [];
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const path = new URL(request.url ?? '/', 'http://server').pathname;
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    const behaviour = behaviours[path] ?? answer(404, 'nothing here');
    behaviour(request, response, attempt);
  };
  const server =
    options.tls === undefined ? http.createServer(listener) : https.createServer({ ...options.tls }, listener);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? 'http' : 'https';
  const named = host.includes(':') ? `[${host}]` : host;
  return {
    port,
    requests,
    url: (path, asHost = named) => `${scheme}://${asHost}:${port}${path}`,
    connectionCount: () => connections,
    openConnections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Bytes that pass for an MP4 by their head; the rest repeats a counter. */
export function fakeVideo(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < sizeBytes; offset += 4)
    bytes.writeUInt32BE(offset >>> 0, Math.min(offset, sizeBytes - 4));
  bytes.write('\0\0\0\x18ftypisom\0\0\0\0isommp42', 0, 'latin1');
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function answer(status: number, body: string | Buffer, headers: http.OutgoingHttpHeaders = {}): Behaviour {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

export function redirectTo(location: string | ((request: IncomingMessage) => string), status = 302): Behaviour {
  return (request, response) => {
    const target = typeof location === 'string' ? location : location(request);
    response.writeHead(status, { location: target }).end('moved');
  };
}

/** Says nothing at all, not even a status line. */
export function silence(): Behaviour {
  return () => undefined;
}

/** Head at once, then `bytesPerWrite` every `intervalMs`, for ever. */
export function drip(options: {
  head?: Buffer;
  bytesPerWrite: number;
  intervalMs: number;
  length?: number;
}): Behaviour {
  return (_request, response) => {
    response.writeHead(200, options.length === undefined ? {} : { 'content-length': options.length });
    response.write(options.head ?? Buffer.from('x'));
    const timer = setInterval(() => response.write(Buffer.alloc(options.bytesPerWrite)), options.intervalMs);
    response.on('close', () => clearInterval(timer));
  };
}

/** Exactly these bytes on the wire, then the end of the connection (or a reset). */
export function rawAnswer(parts: readonly (string | Buffer)[], end: 'close' | 'reset' = 'close'): Behaviour {
  return (request) => {
    const { socket } = request;
    for (const part of parts) socket.write(part);
    if (end === 'close') socket.end();
    else setTimeout(() => socket.resetAndDestroy(), 50);
  };
}

export type FileOptions = {
  readonly headers?: http.OutgoingHttpHeaders;
  /** Answers Range requests, as real servers do. */
  readonly ranges?: boolean;
  /** The n-th answer is cut by a reset after so many bytes; undefined lets it through. */
  readonly cutAfterBytes?: (attempt: number) => number | undefined;
};

/** A file with its length; with `ranges` also parts of it, honouring If-Range. */
export function file(bytes: Buffer, options: FileOptions = {}): Behaviour {
  return (request, response, attempt) => {
    const headers: http.OutgoingHttpHeaders = { 'content-type': 'video/mp4', ...options.headers };
    if (options.ranges === true) headers['accept-ranges'] = 'bytes';
    const range = options.ranges === true ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const ifRange = request.headers['if-range'];
    const isSame = ifRange === undefined || ifRange === headers.etag || ifRange === headers['last-modified'];
    const start = range !== null && isSame ? Number(range[1]) : 0;
    const body = bytes.subarray(start);
    headers['content-length'] = body.length;
    if (start > 0) headers['content-range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    const cut = options.cutAfterBytes?.(attempt);
    if (cut === undefined) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, cut), () => setTimeout(() => request.socket.resetAndDestroy(), 30));
  };
}
