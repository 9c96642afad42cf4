import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StorageSettings } from '../../src/storage/create-storage.js';

export type S3Server = {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where the server keeps its objects: tests look behind its back, or damage files. */
  readonly directory: string;
  readonly close: () => Promise<void>;
};

const KEY = 'S3RVER';

/** `config.storage` for such a server. */
export function s3Settings(
  server: S3Server,
  prefix = '',
  overrides: Partial<StorageSettings['s3']> = {},
): StorageSettings {
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const s3 = { endpoint, region: 'us-east-1', pathStyle: true, accessKeyId, secretAccessKey, ...overrides };
  return { url: `s3://${server.bucket}${prefix === '' ? '' : `/${prefix}`}`, s3 };
}

/** A real S3 server process (s3rver) on a free port of the loopback, with an empty bucket. */
export async function startS3Server(bucket = 'hivis-test'): Promise<S3Server> {
  const directory = await mkdtemp(path.join(tmpdir(), 'hivis-s3-'));
  const script = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
  const args = ['--directory', directory, '--address', '127.0.0.1', '--port', '0', '--silent', '--no-vhost-buckets'];
  // It makes the tokens of long listings with DES, which OpenSSL 3 keeps for its legacy provider.
  const child = spawn(process.execPath, ['--openssl-legacy-provider', script, ...args, '--configure-bucket', bucket], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    let output = '';
    const onData = (chunk: Buffer): void => {
      output += chunk.toString();
      const listening = /listening on \S+:(\d+)/.exec(output);
      if (listening?.[1] !== undefined) resolve(listening[1]);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', () => reject(new Error(`the S3 server did not start: ${output}`)));
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    accessKeyId: KEY,
    secretAccessKey: KEY,
    directory,
    close: async () => {
      child.kill();
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type S3Proxy = {
  readonly endpoint: string;
  /** `METHOD /path?query range` of everything that arrived. */
  readonly seen: string[];
  readonly close: () => Promise<void>;
};

/** Stands before an S3 server and answers some requests itself: with a status, or by breaking the connection. */
export async function startS3Proxy(
  server: S3Server,
  interfere: (request: string, index: number) => number | 'reset' | undefined,
  /** Answers wait for this promise. */
  gate: () => Promise<void> | undefined = () => undefined,
): Promise<S3Proxy> {
  const seen: string[] = [];
  const target = new URL(server.endpoint);
  const proxy = http.createServer((request, response) => {
    const line = `${request.method ?? ''} ${request.url ?? ''} ${request.headers.range ?? ''}`.trim();
    const verdict = interfere(line, seen.push(line) - 1);
    if (verdict === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (verdict !== undefined) {
      request.resume().on('end', () => response.writeHead(verdict).end());
      return;
    }
    const { method, url, headers } = request;
    const forward = http.request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      void (gate() ?? Promise.resolve()).then(() => answer.pipe(response));
    });
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  };
}
