/**
 * The one error class of hivis. `code` is what programs look at, `message` is for people and says what was wrong and
 * what to do; `retryable` tells the queue whether trying again can help. HTTP is mapped in `api/errors.ts` only.
 */
export type ErrorCode =
  // input
  | 'invalid_request'
  | 'invalid_url'
  | 'url_not_allowed'
  | 'unauthorized'
  | 'cross_site_refused'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'analysis_not_found'
  | 'assessment_not_found'
  | 'upload_not_found'
  | 'delivery_not_found'
  | 'quote_not_found'
  | 'evidence_not_found'
  | 'report_not_ready'
  | 'invalid_state'
  | 'idempotency_conflict'
  | 'too_many_queued'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'unknown_model'
  | 'range_not_satisfiable'
  // ingest
  | 'host_unreachable'
  | 'download_failed'
  | 'download_timeout'
  | 'source_too_large'
  | 'source_not_a_video'
  | 'source_empty'
  | 'source_unreadable'
  | 'source_too_long'
  | 'no_video_stream'
  | 'unsupported_codec'
  | 'disk_full'
  // processing
  | 'ffmpeg_missing'
  | 'ffmpeg_failed'
  | 'model_invalid'
  | 'inference_failed'
  | 'segment_failed'
  | 'fenced_out'
  | 'cancelled'
  | 'timed_out'
  // environment
  | 'config_invalid'
  | 'port_taken'
  | 'data_dir_in_use'
  | 'database_unavailable'
  | 'queue_unavailable'
  | 'storage_failed'
  | 'schema_mismatch'
  | 'server_unreachable'
  | 'process_crashed'
  | 'internal';

export type ErrorOptions = {
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

export class HivisError extends Error {
  override readonly name = 'HivisError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** Anything thrown, as a HivisError: itself, or `internal` (retryable) with the original as cause. */
export function toHivisError(thrown: unknown): HivisError {
  if (thrown instanceof HivisError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HivisError('internal', message, { retryable: true, cause: thrown });
}
