import http from 'node:http';
import https from 'node:https';
import { Client, IamAwsProvider } from 'minio';
import { HivisError } from '../shared/errors.js';

export type S3Settings = {
  readonly bucket: string;
  /** '' or `folder/`. */
  readonly prefix: string;
  /** http(s)://host:port; null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly pathStyle: boolean;
  /** Both null: the role of the machine (AWS only). */
  readonly accessKeyId: string | null;
  readonly secretAccessKey: string | null;
};

/** A connection on which nothing moves for so long, before the answer begins, is given up. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Statuses that the library treats as retryable (and with retries off, throws without a look at the body). */
const DROPPED_STATUS: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/** The library's own retries are off: they lose the server's error, cannot repeat streams and print to the console. */
export function createS3Client(settings: S3Settings): Client {
  const { protocol, hostname, port } = parseEndpoint(settings.endpoint ?? 'https://s3.amazonaws.com');
  const useSSL = protocol === 'https:';
  const agent = new (useSSL ? https : http).Agent({ keepAlive: true, maxSockets: 32 });
  return new Client({
    endPoint: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    useSSL,
    region: settings.region,
    pathStyle: settings.pathStyle,
    ...credentials(settings),
    retryOptions: { disableRetry: true },
    transportAgent: agent,
    transport: { request: createTimedRequest(useSSL) } as typeof http,
  });
}

function parseEndpoint(endpoint: string): URL {
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new HivisError('config_invalid', 'S3_ENDPOINT must be http://host:port or https://host:port.');
  return new URL(endpoint);
}

function credentials(settings: S3Settings) {
  const { accessKeyId, secretAccessKey } = settings;
  if (accessKeyId !== null && secretAccessKey !== null) return { accessKey: accessKeyId, secretKey: secretAccessKey };
  if (accessKeyId !== null || secretAccessKey !== null || settings.endpoint !== null)
    throw new HivisError(
      'config_invalid',
      'S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must both be set (only AWS itself can do without, by the role of the machine).',
    );
  return { credentialsProvider: new IamAwsProvider({}) };
}

/** `request` of node:http with a limit on silence until the answer begins; the library sets none at all. */
function createTimedRequest(useSSL: boolean) {
  return (options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest => {
    const request = (useSSL ? https : http).request(options, (response) => {
      request.setTimeout(0);
      // The library drops such answers unread, which would keep their connections busy for ever.
      if (DROPPED_STATUS.has(response.statusCode ?? 0)) response.resume();
      onResponse(response);
    });
    request.setTimeout(ANSWER_TIMEOUT_MS, () => {
      request.destroy(Object.assign(new Error('the S3 server does not answer'), { code: 'ETIMEDOUT' }));
    });
    return request;
  };
}
