import { countActive, insertAnalysis, type AnalysisRow, type NewAnalysis } from '../db/analyses.js';
import { inTransaction } from '../db/client.js';
import { getUpload } from '../db/uploads.js';
import { sanitizeFileName } from '../ingest/file-name.js';
import { parsePublicUrl, type UrlPolicy } from '../ingest/url-guard.js';
import { HivisError } from '../shared/errors.js';
import { sha256Bytes } from '../shared/hash.js';
import { newId } from '../shared/ids.js';
import type { z } from 'zod';
import type { Caller } from './auth.js';
import type { ApiContext } from './context.js';
import { itemsOf } from './models.js';
import type { PlannedAnalysis } from './planned-analysis.js';
import { defaultRules, resolveRules } from './resolve-rules.js';
import type { createAnalysisSchema } from './schemas.js';
import { stableJson } from './stable-json.js';

type CreateRequest = z.output<typeof createAnalysisSchema>;

/** How long somebody who has too much in the queue should wait before he asks again. */
const RETRY_AFTER_SECONDS = 60;

/**
 * Everything that can be told about a request without fetching anything. Throws `unknown_model`, `upload_not_found`,
 * `invalid_url`, `url_not_allowed` and `invalid_request`.
 */
export async function planAnalysis(context: ApiContext, body: CreateRequest): Promise<PlannedAnalysis> {
  const { config, sql } = context;
  const entry = context.models.find(body.model ?? context.models.defaultId);
  const model = { id: entry.id, items: itemsOf(entry), minConfidence: entry.thresholds.minConfidence };
  const rules = resolveRules(body.rules, defaultRules(model), model);
  const videoUrl = checkUrl('videoUrl', body.videoUrl, config.urls);
  const callbackUrl = checkUrl('callbackUrl', body.callbackUrl, config.urls);
  const upload = body.uploadId === undefined ? undefined : await getUpload(sql, body.uploadId);
  const fallbackName = upload?.fileName ?? fileNameOf(videoUrl);
  return {
    name: body.name ?? fallbackName,
    tag: body.tag ?? null,
    videoUrl: videoUrl?.href ?? null,
    uploadId: upload?.id ?? null,
    settings: {
      everyNFrames: body.sampleFps === undefined ? (body.everyNFrames ?? config.defaults.everyNFrames) : null,
      sampleFps: body.sampleFps ?? null,
      imageSize: body.imageSize ?? config.defaults.imageSize,
      modelId: entry.id,
      rules,
    },
    priority: body.priority ?? 'normal',
    recordedAt: body.recordedAt ?? null,
    callbackUrl: callbackUrl?.href ?? null,
  };
}

export type CreateOptions = {
  readonly caller: Caller;
  readonly idempotencyKey: string | null;
  readonly body: CreateRequest;
};

/** Stores the analysis (or finds the one of the same key) and puts it into the queue. */
export async function createAnalysis(
  context: ApiContext,
  options: CreateOptions,
): Promise<{ readonly row: AnalysisRow; readonly created: boolean }> {
  const planned = await planAnalysis(context, options.body);
  const { apiKeyId } = options.caller;
  const analysis: NewAnalysis = {
    ...planned,
    id: newId('an'),
    apiKeyId,
    idempotencyKey: options.idempotencyKey,
    requestHash: options.idempotencyKey === null ? null : sha256Bytes(stableJson(options.body)),
  };
  const inserted =
    apiKeyId === null
      ? await insertAnalysis(context.sql, analysis)
      : await insertWithinLimit(context, analysis, apiKeyId);
  if (inserted.created) await enqueue(context, inserted.row);
  return inserted;
}

/** Counted after the insert and taken back, so that a repeated request still finds its analysis when the limit is reached. */
async function insertWithinLimit(context: ApiContext, analysis: NewAnalysis, apiKeyId: string) {
  const { maxQueuedPerKey } = context.config.limits;
  return inTransaction(context.sql, async (tx) => {
    const inserted = await insertAnalysis(tx, analysis);
    if (inserted.created && (await countActive(tx, apiKeyId)) > maxQueuedPerKey)
      throw new HivisError(
        'too_many_queued',
        `This API key has ${maxQueuedPerKey} unfinished analyses, which is its limit. Wait until some are done, or cancel some.`,
        { retryable: true, details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
      );
    return inserted;
  });
}

/** The row is what counts: with the queue away the analysis waits, and the reconciler queues it when the queue is back. */
export async function enqueue(context: ApiContext, row: AnalysisRow): Promise<void> {
  try {
    await context.producer.enqueueIngest(row);
  } catch (error) {
    context.log.warn({ err: error, analysisId: row.id }, 'analysis not queued yet; the reconciler will');
  }
}

function checkUrl(field: string, text: string | undefined, policy: UrlPolicy): URL | undefined {
  if (text === undefined) return undefined;
  try {
    return parsePublicUrl(text, policy);
  } catch (error) {
    if (!(error instanceof HivisError)) throw error;
    throw new HivisError(error.code, error.message, {
      details: { errors: [{ path: field, message: error.message }] },
      cause: error,
    });
  }
}

function fileNameOf(url: URL | undefined): string {
  const segment = url?.pathname.split('/').findLast((part) => part !== '') ?? '';
  const candidates = [sanitizeFileName(decode(segment)), url?.hostname ?? ''];
  return candidates.find((name) => name !== '') ?? 'video';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
