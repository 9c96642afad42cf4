import type { ErrorRequestHandler, Request, Response } from 'express';
import { z } from 'zod';
import { HivisError, toHivisError, type ErrorCode } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Problem } from './schemas.js';

type ProblemKind = { readonly status: number; readonly title: string };

/** How every error of hivis looks over HTTP. The only place that knows both. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_url: { status: 400, title: 'The URL is not valid' },
  url_not_allowed: { status: 400, title: 'The URL is not allowed' },
  unauthorized: { status: 401, title: 'An API key is needed' },
  cross_site_refused: { status: 403, title: 'Requests from other sites are refused' },
  route_not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  analysis_not_found: { status: 404, title: 'There is no such analysis' },
  assessment_not_found: { status: 404, title: 'There is no such assessment' },
  upload_not_found: { status: 404, title: 'There is no such upload' },
  delivery_not_found: { status: 404, title: 'There is no such delivery' },
  quote_not_found: { status: 404, title: 'There is no such quote' },
  evidence_not_found: { status: 404, title: 'There is no such evidence' },
  report_not_ready: { status: 409, title: 'The report is not ready' },
  invalid_state: { status: 409, title: 'Not possible in this state' },
  idempotency_conflict: { status: 409, title: 'The Idempotency-Key was used for another request' },
  too_many_queued: { status: 429, title: 'Too many unfinished analyses' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has the wrong type' },
  unknown_model: { status: 400, title: 'There is no such model' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the file' },
  host_unreachable: { status: 502, title: 'The host cannot be reached' },
  download_failed: { status: 502, title: 'The download failed' },
  download_timeout: { status: 504, title: 'The download took too long' },
  source_too_large: { status: 413, title: 'The video is too large' },
  source_not_a_video: { status: 415, title: 'The file is not a video' },
  source_empty: { status: 400, title: 'The file is empty' },
  source_unreadable: { status: 422, title: 'The video cannot be read' },
  source_too_long: { status: 422, title: 'The video is too long' },
  no_video_stream: { status: 422, title: 'The file has no picture' },
  unsupported_codec: { status: 422, title: 'The codec is not supported' },
  disk_full: { status: 507, title: 'The disk is full' },
  ffmpeg_missing: { status: 500, title: 'ffmpeg is missing' },
  ffmpeg_failed: { status: 500, title: 'ffmpeg failed' },
  model_invalid: { status: 500, title: 'The model cannot be used' },
  inference_failed: { status: 500, title: 'The inference failed' },
  segment_failed: { status: 500, title: 'A segment failed' },
  fenced_out: { status: 409, title: 'Another worker took over' },
  cancelled: { status: 409, title: 'It was cancelled' },
  timed_out: { status: 504, title: 'It took too long' },
  config_invalid: { status: 500, title: 'The configuration is not valid' },
  port_taken: { status: 500, title: 'The port is taken' },
  data_dir_in_use: { status: 500, title: 'The data folder is in use' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
  queue_unavailable: { status: 503, title: 'The queue cannot be reached' },
  storage_failed: { status: 503, title: 'The storage does not answer' },
  schema_mismatch: { status: 503, title: 'The database has another schema' },
  server_unreachable: { status: 502, title: 'The server does not answer' },
  process_crashed: { status: 500, title: 'A process ended unexpectedly' },
  internal: { status: 500, title: 'Something went wrong on the server' },
} as const satisfies Record<ErrorCode, ProblemKind>;

export type FieldError = { readonly path: string; readonly message: string };

/** One error for everything that is wrong with a request, so that a form can show all of it at once. */
export function invalidRequest(errors: readonly FieldError[]): HivisError {
  const text = errors.map((error) => (error.path === '' ? error.message : `${error.path}: ${error.message}`));
  return new HivisError('invalid_request', text.join('; '), { details: { errors } });
}

export function fromZodError(error: z.ZodError, prefix = ''): HivisError {
  return invalidRequest(
    error.issues.flatMap((issue) => {
      const path = [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.');
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          message: 'is not a known field',
        }));
      return [{ path, message: issue.message }];
    }),
  );
}

/** RFC 9457 body. Errors of the server say nothing but their kind: the log has the rest. */
export function toProblem(error: HivisError, instance: string, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code];
  const hidden = error.code === 'internal';
  const errors = z.array(z.object({ path: z.string(), message: z.string() })).safeParse(error.details['errors']);
  const currentStatus = error.details['currentStatus'] ?? error.details['status'];
  return {
    type: `urn:hivis:problem:${error.code}`,
    title,
    status,
    detail: hidden ? `The log of the server has the details under request ${requestId}.` : error.message,
    code: error.code,
    instance,
    ...(errors.success ? { errors: errors.data } : {}),
    ...(typeof currentStatus === 'string' ? { currentStatus } : {}),
  };
}

/** Whatever was thrown in a handler, by Express or by its body parsers, as the error that the client shall see. */
export function fromThrown(thrown: unknown): HivisError {
  if (thrown instanceof HivisError) return thrown;
  if (thrown instanceof z.ZodError) return new HivisError('internal', z.prettifyError(thrown), { cause: thrown });
  const type = readText(thrown, 'type');
  const code = readText(thrown, 'code');
  if (type === 'entity.too.large')
    return new HivisError('payload_too_large', 'The JSON body is larger than 1 MB.', { cause: thrown });
  if (type === 'entity.parse.failed')
    return invalidRequest([{ path: '', message: 'the body is not valid JSON: check quotes, commas and brackets' }]);
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new HivisError('unsupported_media_type', 'Send JSON in UTF-8, uncompressed or with gzip, deflate or br.', {
      cause: thrown,
    });
  if (DATABASE_ERRORS.test(code))
    return new HivisError('database_unavailable', 'The database does not answer. Try again in a moment.', {
      retryable: true,
      cause: thrown,
    });
  if (readStatus(thrown) === 400)
    return invalidRequest([{ path: '', message: 'the request cannot be read: check its encoding and its length' }]);
  return toHivisError(thrown);
}

/** What `postgres` and Postgres itself say when no query can be made: connection errors, shutdown, too many clients. */
const DATABASE_ERRORS =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|08\w{3}|57P0[123]|53300)$/;

function readText(thrown: unknown, key: string): string {
  if (typeof thrown !== 'object' || thrown === null || !(key in thrown)) return '';
  const value: unknown = Reflect.get(thrown, key);
  return typeof value === 'string' ? value : '';
}

function readStatus(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}

export function sendProblem(req: Request, res: Response, error: HivisError): void {
  const requestId = String(res.getHeader('X-Request-Id') ?? '');
  const problem = toProblem(error, req.originalUrl.split('?')[0] ?? '', requestId);
  const retryAfterSeconds = error.details['retryAfterSeconds'];
  if (typeof retryAfterSeconds === 'number') res.setHeader('Retry-After', String(retryAfterSeconds));
  res.removeHeader('Content-Disposition');
  res.removeHeader('ETag');
  res.setHeader('Cache-Control', 'no-store');
  res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The last middleware. A response that has begun can only be cut off, so that nobody takes it for a whole one. */
export function createErrorHandler(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = fromThrown(thrown);
    const fields = { err: thrown, code: error.code, method: req.method, path: req.path };
    if (PROBLEMS[error.code].status >= 500) log.error(fields, 'request failed');
    else log.debug(fields, 'request refused');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    try {
      sendProblem(req, res, error);
    } catch (cause) {
      next(cause);
    }
  };
}
