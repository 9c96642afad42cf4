import path from 'node:path';
import { HivisError } from '../shared/errors.js';
import { envSchema, type Env } from './schema.js';

export type Config = ReturnType<typeof shape>;

/**
 * Environment → frozen Config. Pure: the caller hands in the environment (see `environment.ts`).
 * Throws one `config_invalid` error that lists every problem with its variable name.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = envSchema.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw invalid(problems);
  }
  const problems = contradictions(parsed.data);
  if (problems.length > 0) throw invalid(problems);
  return deepFreeze(shape(parsed.data));
}

/** A variable set to nothing (`REDIS_URL=` in an env file) means unset. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '').trim() !== '');
  return Object.fromEntries(entries);
}

function invalid(problems: readonly string[]): HivisError {
  return new HivisError(
    'config_invalid',
    `The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
    {
      details: { problems },
    },
  );
}

function contradictions(env: Env): string[] {
  const problems: string[] = [];
  if (env.REDIS_SENTINELS.length > 0 && env.REDIS_SENTINEL_NAME === undefined)
    problems.push('REDIS_SENTINEL_NAME: must be set together with REDIS_SENTINELS');
  if (env.REDIS_SENTINELS.length > 0 && env.REDIS_CLUSTER_NODES.length > 0)
    problems.push('REDIS_CLUSTER_NODES: cannot be combined with REDIS_SENTINELS');
  if (env.REDIS_URL !== undefined && !/^rediss?:\/\//.test(env.REDIS_URL))
    problems.push('REDIS_URL: must start with redis:// or rediss://');
  if (env.DATABASE_URL !== undefined && !/^postgres(ql)?:\/\//.test(env.DATABASE_URL))
    problems.push('DATABASE_URL: must start with postgres://');
  if (env.STORAGE_URL !== undefined && !/^(file:\/\/\/|s3:\/\/[^/]+)/.test(env.STORAGE_URL))
    problems.push('STORAGE_URL: must be file:///folder or s3://bucket/prefix');
  for (const network of env.URL_PRIVATE_NETWORKS)
    if (!/^[0-9a-f.:]+\/\d{1,3}$/i.test(network))
      problems.push(`URL_PRIVATE_NETWORKS: ${network} is not a network such as 10.20.0.0/16`);
  if (env.WEBHOOK_SECRET !== undefined && !/^whsec_[A-Za-z0-9+/=]{32,}$/.test(env.WEBHOOK_SECRET))
    problems.push('WEBHOOK_SECRET: must be whsec_ followed by base64 of 24 to 64 random bytes');
  for (const key of env.API_KEYS)
    if (!/^[A-Za-z0-9_-]+:.{16,}$/.test(key))
      problems.push('API_KEYS: every entry must be id:secret with a secret of at least 16 characters');
  return problems;
}

function shape(env: Env) {
  const dataDir = path.resolve(env.DATA_DIR);
  return {
    http: {
      port: env.PORT,
      host: env.HOST,
      publicUrl: env.PUBLIC_URL ?? null,
      trustedProxies: env.TRUST_PROXY,
    },
    dataDir,
    database: { url: env.DATABASE_URL ?? null, poolSize: env.DATABASE_POOL_SIZE },
    queue: {
      redis: redisTarget(env),
      prefix: env.QUEUE_PREFIX,
      lockDurationMs: env.JOB_LOCK_DURATION_MS,
      reconcileIntervalMs: env.RECONCILE_INTERVAL_MS,
    },
    storage: storageSettings(env, dataDir),
    worker: {
      /** 0: as many as the cgroup grants cores. */
      processes: env.WORKER_PROCESSES,
      roles: env.WORKER_ROLES,
      maxSegmentAttempts: env.MAX_SEGMENT_ATTEMPTS,
      shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    },
    models: { dir: path.resolve(env.MODELS_DIR), defaultId: env.MODEL_ID, path: env.MODEL_PATH ?? null },
    defaults: {
      everyNFrames: env.PROCESS_EVERY_N_FRAMES,
      imageSize: env.INFERENCE_SIZE,
      segmentTargetFrames: env.SEGMENT_TARGET_FRAMES,
    },
    evidence: { jpegQuality: env.JPEG_QUALITY, blurFaces: env.EVIDENCE_BLUR_FACES },
    ffmpeg: { ffmpegPath: env.FFMPEG_PATH ?? null, ffprobePath: env.FFPROBE_PATH ?? null },
    urls: {
      allowPrivate: env.URL_ALLOW_PRIVATE,
      privateNetworks: env.URL_PRIVATE_NETWORKS,
      allowedHosts: env.URL_ALLOWED_HOSTS,
    },
    download: {
      timeoutMs: env.DOWNLOAD_TIMEOUT_MS,
      idleTimeoutMs: env.DOWNLOAD_IDLE_TIMEOUT_MS,
      minBytesPerSecond: env.DOWNLOAD_MIN_BYTES_PER_SECOND,
      maxRedirects: env.DOWNLOAD_MAX_REDIRECTS,
    },
    limits: {
      maxSourceBytes: env.MAX_SOURCE_BYTES,
      maxDurationMs: env.MAX_DURATION_MS,
      maxQueuedPerKey: env.MAX_QUEUED_PER_KEY,
    },
    retention: { days: env.RETENTION_DAYS, maxBytes: env.RETENTION_MAX_BYTES },
    auth: { apiKeys: env.API_KEYS.map(splitApiKey), webhookSecret: env.WEBHOOK_SECRET ?? null },
    logLevel: env.LOG_LEVEL,
    otelEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
  };
}

function storageSettings(env: Env, dataDir: string) {
  return {
    url: env.STORAGE_URL ?? `file://${path.join(dataDir, 'storage')}`,
    s3: {
      endpoint: env.S3_ENDPOINT ?? null,
      region: env.S3_REGION,
      pathStyle: env.S3_PATH_STYLE,
      accessKeyId: env.S3_ACCESS_KEY_ID ?? null,
      secretAccessKey: env.S3_SECRET_ACCESS_KEY ?? null,
    },
    cacheDir: path.join(dataDir, 'cache'),
    cacheMaxBytes: env.SOURCE_CACHE_BYTES,
  };
}

export type RedisTarget =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly nodes: readonly string[]; readonly name: string; readonly url: string | null }
  | { readonly kind: 'cluster'; readonly nodes: readonly string[]; readonly url: string | null };

/** null: the queue lives in Postgres. A URL beside Sentinels or a cluster gives user, password and TLS. */
function redisTarget(env: Env): RedisTarget | null {
  const url = env.REDIS_URL ?? null;
  if (env.REDIS_CLUSTER_NODES.length > 0) return { kind: 'cluster', nodes: env.REDIS_CLUSTER_NODES, url };
  if (env.REDIS_SENTINELS.length > 0)
    return { kind: 'sentinel', nodes: env.REDIS_SENTINELS, name: env.REDIS_SENTINEL_NAME ?? '', url };
  return url === null ? null : { kind: 'single', url };
}

function splitApiKey(entry: string): { readonly id: string; readonly secret: string } {
  const colon = entry.indexOf(':');
  return { id: entry.slice(0, colon), secret: entry.slice(colon + 1) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
