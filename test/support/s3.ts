import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

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

/** A real S3 server process (s3rver) on a free port of the loopback, with an empty bucket. */
export async function startS3Server(bucket = 'hivis-test'): Promise<S3Server> {
  const directory = await mkdtemp(path.join(tmpdir(), 'hivis-s3-'));
  const script = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
  const args = ['--directory', directory, '--address', '127.0.0.1', '--port', '0', '--silent', '--no-vhost-buckets'];
  const child = spawn(process.execPath, [script, ...args, '--configure-bucket', bucket], {
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
