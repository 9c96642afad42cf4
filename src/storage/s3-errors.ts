import { HivisError } from '../shared/errors.js';

/** What S3 servers call their refusals, and what to do about each. `details.reason` keeps their word. */
const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist. Create it or correct STORAGE_URL.',
  InvalidAccessKeyId: 'the access key is unknown. Check S3_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'the secret key is wrong. Check S3_SECRET_ACCESS_KEY.',
  AccessDenied: 'access is denied. Check the keys and that they may list, read, write and delete in the bucket.',
  Forbidden: 'access is denied. Check the keys and that they may list, read, write and delete in the bucket.',
  AuthorizationHeaderMalformed: 'the bucket lies in another region. Check S3_REGION.',
  PermanentRedirect: 'the bucket lies in another region or behind another endpoint. Check S3_REGION and S3_ENDPOINT.',
  MovedPermanently: 'the bucket lies in another region or behind another endpoint. Check S3_REGION and S3_ENDPOINT.',
  RequestTimeTooSkewed: 'the clocks differ too much. Set the time of this machine.',
  InvalidBucketName: 'the name of the bucket is not valid. Correct STORAGE_URL.',
  InvalidBucketNameError: 'the name of the bucket is not valid. Correct STORAGE_URL.',
  EntityTooLarge: 'the file is larger than the server takes.',
  QuotaExceeded: 'the quota is used up. Free space or raise it.',
  XMinioStorageFull: 'the server has no space left. Free space and try again.',
};

const UNREACHABLE =
  /^(ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;
const TEMPORARY =
  /^(SlowDown|InternalError|ServiceUnavailable|RequestTimeout|OperationAborted|TooManyRequests|Busy|HTTP\d+)$/;
const FINAL_CONNECTION = /^(ENOTFOUND|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** A failure of the client library as a HivisError: `storage_failed`, with what to check. */
export function toS3Error(thrown: unknown, what: string): HivisError {
  if (thrown instanceof HivisError) return thrown;
  const reason = s3CodeOf(thrown);
  const fail = (message: string, retryable: boolean): HivisError =>
    new HivisError('storage_failed', `${what} failed: ${message}`, { retryable, cause: thrown, details: { reason } });
  const refusal = REFUSALS[reason];
  if (refusal !== undefined) return fail(refusal, false);
  if (UNREACHABLE.test(reason))
    return fail(`the S3 server cannot be reached (${reason}). Check S3_ENDPOINT.`, !FINAL_CONNECTION.test(reason));
  if (TEMPORARY.test(reason)) return fail(`the S3 server is busy (${reason}). Try again later.`, true);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return fail(`${text.slice(0, 200) || 'the S3 server gave no reason'}${reason === '' ? '' : ` (${reason})`}.`, true);
}

export function isMissingObject(thrown: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchObject'].includes(s3CodeOf(thrown));
}

/** Whether the same request may succeed in a moment. */
export function isTemporary(thrown: unknown): boolean {
  if (thrown instanceof HivisError) return false;
  const reason = s3CodeOf(thrown);
  return TEMPORARY.test(reason) || (UNREACHABLE.test(reason) && !FINAL_CONNECTION.test(reason));
}

/** The server's code, or the system's, or the name of the library's own error. */
export function s3CodeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  // The library throws the server's words away where it would retry by itself.
  const status = /Retryable HTTP status: (\d+)/.exec(thrown.message)?.[1];
  if (status !== undefined) return `HTTP${status}`;
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.code !== '') return thrown.code;
  if (thrown instanceof AggregateError) return s3CodeOf(thrown.errors[0]);
  return thrown.name === 'Error' || thrown.name === 'S3Error' ? '' : thrown.name;
}
