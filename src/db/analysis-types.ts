import type { ClassRoles, Rules } from '../domain/terms.js';

export type AnalysisStatus =
  | 'queued'
  | 'downloading'
  | 'probing'
  | 'analyzing'
  | 'reporting'
  | 'completed'
  | 'completed_partial'
  | 'failed'
  | 'cancelled';

/** Somebody still has to do something about it. */
export const ACTIVE_STATUSES = ['queued', 'downloading', 'probing', 'analyzing', 'reporting'] as const;
/** The source is not planned yet: the ingest job's business. */
export const INGEST_STATUSES = ['queued', 'downloading', 'probing'] as const;

export type Priority = 'high' | 'normal' | 'low';

export type AnalysisSettings = {
  /** null until the frame rate is known when `sampleFps` was asked for. */
  readonly everyNFrames: number | null;
  readonly sampleFps: number | null;
  readonly imageSize: number;
  readonly modelId: string;
  readonly rules: Rules;
};

/** An error as rows keep it. */
export type StoredError = {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** What the prober says of a file, plus its true length; the shape of media's VideoProbe. */
export type StoredProbe = {
  readonly container: string;
  readonly codec: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rotationDegrees: number;
  readonly fps: number | null;
  readonly declaredDurationMs: number | null;
  readonly declaredFrames: number | null;
  readonly formatStartUs: number;
  readonly streamIndex: number;
  readonly sizeBytes: number;
  /** Bytes that the container declares and the file lacks. */
  readonly missingBytes?: number;
  readonly pixelFormat: string;
  /** From the frame index, not from what the container declares. */
  readonly durationMs: number;
};

/** The model that an analysis was planned with; segments refuse to run with another. */
export type StoredModel = {
  readonly id: string;
  readonly version: string;
  readonly sha256: string;
  readonly licence: string;
  readonly classes: readonly string[];
  readonly roles: ClassRoles;
  readonly imageSize: number;
  readonly inputWidthPx: number;
  readonly inputHeightPx: number;
  readonly scoreFloor: number;
};

/** A row of `analyses`. `P` and `M` are what jsonb holds; callers that wrote more may read more. */
export type AnalysisRow = {
  readonly id: string;
  readonly run: number;
  readonly name: string;
  readonly tag: string | null;
  readonly status: AnalysisStatus;
  readonly videoUrl: string | null;
  readonly uploadId: string | null;
  readonly settings: AnalysisSettings;
  readonly priority: Priority;
  readonly recordedAt: string | null;
  readonly callbackUrl: string | null;
  readonly apiKeyId: string | null;
  readonly idempotencyKey: string | null;
  readonly requestHash: string | null;
  readonly bytesDone: number | null;
  readonly bytesTotal: number | null;
  readonly sourceKey: string | null;
  readonly sourceSha256: string | null;
  readonly sourceSizeBytes: number | null;
  readonly sourceFileName: string | null;
  readonly sourceProbe: StoredProbe | null;
  readonly model: StoredModel | null;
  readonly framesExpected: number | null;
  readonly framesSampled: number | null;
  readonly error: StoredError | null;
  readonly cancelRequestedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly updatedAt: Date;
};

export type NewAnalysis = {
  readonly id: string;
  readonly name: string;
  readonly tag?: string | null;
  /** Exactly one of `videoUrl` and `uploadId`. */
  readonly videoUrl?: string | null;
  readonly uploadId?: string | null;
  readonly settings: AnalysisSettings;
  readonly priority?: Priority;
  readonly recordedAt?: string | null;
  readonly callbackUrl?: string | null;
  readonly apiKeyId?: string | null;
  readonly idempotencyKey?: string | null;
  /** Hash of the request body; belongs to `idempotencyKey`. */
  readonly requestHash?: string | null;
  readonly createdAt?: Date;
};

export function isActive(status: AnalysisStatus): boolean {
  return (ACTIVE_STATUSES as readonly AnalysisStatus[]).includes(status);
}
