import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import {
  analysisViewSchema,
  assessmentViewSchema,
  problemSchema,
  uploadViewSchema,
  type AnalysisView,
  type AssessmentView,
  type CreateAnalysisRequest,
  type RulesRequest,
  type UploadView,
} from '../api/schemas.js';
import { HivisError, type ErrorCode } from '../shared/errors.js';
import { readServerEvents } from './server-events.js';

/** The HTTP API of a running hivis. Errors of the server come back as the HivisError that it threw. */
export type ApiClient = {
  readonly url: string;
  upload(filePath: string, onProgress: (bytesDone: number) => void, signal: AbortSignal): Promise<UploadView>;
  createAnalysis(request: CreateAnalysisRequest, signal: AbortSignal): Promise<AnalysisView>;
  getAnalysis(id: string, signal: AbortSignal): Promise<AnalysisView>;
  /** Every change of an analysis until it has ended or the connection has. */
  watchAnalysis(id: string, signal: AbortSignal): AsyncIterable<AnalysisView>;
  createAssessment(analysisId: string, rules: RulesRequest, signal: AbortSignal): Promise<AssessmentView>;
  findAssessment(analysisId: string, assessmentId: string, signal: AbortSignal): Promise<AssessmentView>;
  getText(route: string, signal: AbortSignal): Promise<string>;
  download(route: string, filePath: string, signal: AbortSignal): Promise<void>;
};

export function createApiClient(url: string, apiKey: string | null): ApiClient {
  const call = createCaller(url, apiKey);

  async function callJson<T extends z.ZodType>(schema: T, route: string, init: CallInit): Promise<z.output<T>> {
    const response = await call(route, init);
    return schema.parse(await response.json());
  }

  const postJson = (body: unknown, signal: AbortSignal): CallInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });

  return {
    url,
    async upload(filePath, onProgress, signal) {
      const { size } = await stat(filePath);
      const fileName = encodeURIComponent(path.basename(filePath));
      const response = await call(`/v1/uploads?fileName=${fileName}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
        body: Readable.toWeb(Readable.from(countBytes(filePath, onProgress))) as RequestInit['body'] & object,
        duplex: 'half',
        signal,
      });
      return uploadViewSchema.parse(await response.json());
    },
    createAnalysis: (request, signal) => callJson(analysisViewSchema, '/v1/analyses', postJson(request, signal)),
    getAnalysis: (id, signal) => callJson(analysisViewSchema, `/v1/analyses/${id}`, { signal }),
    async *watchAnalysis(id, signal) {
      const response = await call(`/v1/analyses/${id}/events`, { headers: { accept: 'text/event-stream' }, signal });
      if (response.body === null) return;
      for await (const event of readServerEvents(response.body)) {
        const view = analysisViewSchema.safeParse(parseJson(event.data));
        if (view.success) yield view.data;
      }
    },
    createAssessment: (analysisId, rules, signal) =>
      callJson(assessmentViewSchema, `/v1/analyses/${analysisId}/assessments`, postJson({ rules }, signal)),
    findAssessment: (analysisId, assessmentId, signal) =>
      callJson(assessmentViewSchema, `/v1/analyses/${analysisId}/assessments/${assessmentId}`, { signal }),
    getText: async (route, signal) => (await call(route, { signal })).text(),
    async download(route, filePath, signal) {
      const { body } = await call(route, { signal });
      if (body === null) throw new HivisError('internal', `The server sent nothing for ${route}.`);
      await pipeline(Readable.fromWeb(body), createWriteStream(filePath), { signal });
    },
  };
}

type CallInit = Omit<RequestInit, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly duplex?: 'half';
};
type Caller = (route: string, init: CallInit) => Promise<Response>;

/** Requests that throw: `server_unreachable` without an answer, what the server says with a bad one. */
function createCaller(url: string, apiKey: string | null): Caller {
  const always: Record<string, string> = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  return async (route, init) => {
    let response: Response;
    try {
      response = await fetch(new URL(route, url), { ...init, headers: { ...always, ...init.headers } });
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause;
      throw new HivisError('server_unreachable', `The hivis server at ${url} does not answer.`, {
        retryable: true,
        cause,
      });
    }
    if (!response.ok) throw await readProblem(response);
    return response;
  };
}

async function* countBytes(filePath: string, onProgress: (bytesDone: number) => void): AsyncGenerator<Buffer> {
  let bytesDone = 0;
  for await (const chunk of createReadStream(filePath, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    bytesDone += chunk.length;
    onProgress(bytesDone);
    yield chunk;
  }
}

async function readProblem(response: Response): Promise<HivisError> {
  const text = await response.text();
  const problem = problemSchema.safeParse(parseJson(text));
  if (!problem.success)
    return new HivisError('internal', `The server answered ${response.status} ${response.statusText}.`);
  const { code, detail, title } = problem.data;
  return new HivisError(code as ErrorCode, detail === '' ? title : detail, { details: { status: response.status } });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
