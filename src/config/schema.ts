import { z } from 'zod';

/**
 * Every setting of hivis, one entry per environment variable. `.env.example` is made from this list and a test keeps
 * the two equal, so the description is what an operator reads.
 */
const bool = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'])
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true' || value === '1');
const int = (fallback: number, min: number, max: number) => z.coerce.number().int().min(min).max(max).default(fallback);
const optional = () => z.string().trim().min(1).optional();
const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    );
const MAX_INT = Number.MAX_SAFE_INTEGER;

const WORKER_ROLES = ['ingest', 'segment', 'report'] as const;

export const envSchema = z.object({
  PORT: int(3000, 0, 65_535).describe('Port of the API and the UI; 0 takes a free one'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in containers'),
  PUBLIC_URL: optional().describe('How the outside reaches the API (links in webhooks); default: from HOST and PORT'),
  TRUST_PROXY: int(0, 0, 10).describe('Number of reverse proxies in front of the API'),
  DATA_DIR: z.string().default('./data').describe('Embedded database, files and caches'),
  DATABASE_URL: optional().describe('Postgres; unset: an embedded server in DATA_DIR'),
  DATABASE_POOL_SIZE: int(8, 1, 200).describe('Connections per process'),
  REDIS_URL: optional().describe(
    'Redis or Valkey for the queue (redis:// or rediss://, password and database in the URL); unset: the queue lives in Postgres',
  ),
  REDIS_SENTINELS: list('').describe('host:port,host:port of Redis Sentinels; needs REDIS_SENTINEL_NAME'),
  REDIS_SENTINEL_NAME: optional().describe('Name of the master group that the Sentinels watch'),
  REDIS_CLUSTER_NODES: list('').describe('host:port,host:port of Redis Cluster nodes'),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('hivis')
    .describe('Namespace of the queue keys'),
  STORAGE_URL: optional().describe('file:///folder or s3://bucket/prefix; unset: DATA_DIR/storage'),
  S3_ENDPOINT: optional().describe('http(s)://host:port of an S3-compatible server; unset: AWS'),
  S3_REGION: z.string().default('us-east-1').describe('Region of the bucket'),
  S3_PATH_STYLE: bool(true).describe('bucket in the path (MinIO and most others) instead of the host name'),
  S3_ACCESS_KEY_ID: optional().describe('S3 access key'),
  S3_SECRET_ACCESS_KEY: optional().describe('S3 secret key'),
  SOURCE_CACHE_BYTES: int(20 * 1024 ** 3, 0, MAX_INT).describe(
    'Local copies of S3 sources that a worker machine keeps',
  ),
  WORKER_PROCESSES: int(0, 0, 512).describe('Worker processes per container; 0: one per core that the cgroup grants'),
  WORKER_ROLES: list('ingest,segment,report')
    .pipe(z.array(z.enum(WORKER_ROLES)).min(1))
    .describe('Kinds of jobs that these workers take'),
  MODEL_ID: z.string().default('ppe-yolov8n').describe('Default model, an id of models/manifest.json'),
  MODEL_PATH: optional().describe('An ONNX file to use as the default model instead (YOLOv8 detection export)'),
  MODELS_DIR: z.string().default('./models').describe('Folder of manifest.json and the model files'),
  PROCESS_EVERY_N_FRAMES: int(5, 1, 10_000).describe('Default sampling: every N-th frame'),
  INFERENCE_SIZE: int(480, 32, 1920).describe('Default image size: the long side of the model input in pixels'),
  JPEG_QUALITY: int(70, 1, 100).describe('Quality of evidence stills'),
  EVIDENCE_BLUR_FACES: bool(false).describe('Blur heads in evidence stills'),
  SEGMENT_TARGET_FRAMES: int(60, 1, 100_000).describe('Sampled frames that a segment aims at'),
  MAX_SEGMENT_ATTEMPTS: int(5, 1, 100).describe('Crashes or errors after which a segment fails its analysis'),
  FFMPEG_PATH: optional().describe('ffmpeg to use; unset: the one in PATH'),
  FFPROBE_PATH: optional().describe('ffprobe to use; unset: the one in PATH'),
  URL_ALLOW_PRIVATE: bool(false).describe(
    'Let video and callback URLs name private addresses (intranet video servers)',
  ),
  URL_PRIVATE_NETWORKS: list('').describe(
    'Private networks (10.20.0.0/16,…) that URLs may name although URL_ALLOW_PRIVATE is false',
  ),
  URL_ALLOWED_HOSTS: list('').describe('If set, the only hosts that URLs may name'),
  DOWNLOAD_TIMEOUT_MS: int(3_600_000, 1_000, 86_400_000).describe('Longest whole download'),
  DOWNLOAD_IDLE_TIMEOUT_MS: int(30_000, 100, 3_600_000).describe('Longest wait for the next byte'),
  DOWNLOAD_MIN_BYTES_PER_SECOND: int(1_024, 0, MAX_INT).describe('Slower downloads (over 30 s) are given up'),
  DOWNLOAD_MAX_REDIRECTS: int(5, 0, 20).describe('Redirects that a download follows; every hop is checked'),
  MAX_SOURCE_BYTES: int(10 * 1024 ** 3, 1, MAX_INT).describe('Largest video file'),
  MAX_DURATION_MS: int(6 * 3_600_000, 1, MAX_INT).describe('Longest video'),
  MAX_QUEUED_PER_KEY: int(1_000, 1, MAX_INT).describe('Unfinished analyses per API key; more get 429'),
  RETENTION_DAYS: int(0, 0, 36_500).describe('Analyses that finished longer ago are deleted; 0 keeps them'),
  RETENTION_MAX_BYTES: int(0, 0, MAX_INT).describe('Oldest finished analyses are deleted above this; 0 keeps them'),
  API_KEYS: list('').describe('id:secret,id:secret … that may use the API (Authorization: Bearer secret); unset: open'),
  WEBHOOK_SECRET: optional().describe(
    'Signs webhooks: whsec_ + base64 of 24 to 64 bytes; unset: made once and kept in the database',
  ),
  JOB_LOCK_DURATION_MS: int(30_000, 1_000, 600_000).describe('A worker silent for longer loses its job to another'),
  RECONCILE_INTERVAL_MS: int(30_000, 500, 3_600_000).describe('How often the database is compared with the queue'),
  SHUTDOWN_GRACE_MS: int(20_000, 0, 600_000).describe(
    'How long SIGTERM lets running segments finish before they are handed back',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Log level'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional().describe('Send queue traces there'),
});

export type Env = z.infer<typeof envSchema>;
