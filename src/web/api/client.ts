import type {
  AnalysisList,
  AnalysisView,
  AssessmentList,
  AssessmentView,
  CreateAnalysisRequest,
  Problem,
  RulesRequest,
  UploadView,
} from '../../api/schemas.js';
import type { Report } from '../../report/schema.js';

const API_URL = (import.meta.env.VITE_API_URL ?? '').replace(/\/$/, '');

/** A path of the API as an address the browser can open. */
export function apiUrl(path: string): string {
  return `${API_URL}${path}`;
}

/** What the API said was wrong, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    const fields = (problem?.errors ?? []).map((error) => `${error.path}: ${error.message}`).join(' · ');
    super(fields === '' ? (problem?.detail ?? `The server answered ${status}.`) : fields);
    this.status = status;
    this.problem = problem;
  }
}

async function request<T>(
  method: string,
  path: string,
  options: { body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const { body, signal } = options;
  const response = await fetch(apiUrl(path), {
    method,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  return (await response.json()) as T;
}

async function readProblem(response: Response): Promise<Problem | undefined> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return undefined;
  }
}

export type ListFilter = { readonly status: string; readonly search: string; readonly cursor?: string };

export function listAnalyses(filter: ListFilter, signal?: AbortSignal): Promise<AnalysisList> {
  const query = new URLSearchParams({ limit: '25' });
  if (filter.status !== '') query.set('status', filter.status);
  if (filter.search.trim() !== '') query.set('search', filter.search.trim());
  if (filter.cursor !== undefined) query.set('cursor', filter.cursor);
  return request('GET', `/v1/analyses?${query.toString()}`, signal === undefined ? {} : { signal });
}

export function createAnalysis(body: CreateAnalysisRequest): Promise<AnalysisView> {
  return request('POST', '/v1/analyses', { body });
}

export function getAnalysis(id: string): Promise<AnalysisView> {
  return request('GET', `/v1/analyses/${id}`);
}

export function cancelAnalysis(id: string): Promise<AnalysisView> {
  return request('POST', `/v1/analyses/${id}/cancel`);
}

export function retryAnalysis(id: string): Promise<AnalysisView> {
  return request('POST', `/v1/analyses/${id}/retry`);
}

export async function deleteAnalysis(id: string): Promise<void> {
  await request('DELETE', `/v1/analyses/${id}`);
}

export function listAssessments(id: string): Promise<AssessmentList> {
  return request('GET', `/v1/analyses/${id}/assessments`);
}

export function createAssessment(id: string, rules: RulesRequest): Promise<AssessmentView> {
  return request('POST', `/v1/analyses/${id}/assessments`, { body: { rules } });
}

export function getReport(id: string, assessmentId: string): Promise<Report> {
  return request('GET', `/v1/analyses/${id}/report.json?assessment=${assessmentId}`);
}

export function evidenceUrl(id: string, assessmentId: string, number: number): string {
  return apiUrl(`/v1/analyses/${id}/violations/${number}/evidence.jpg?assessment=${assessmentId}`);
}

export function reportUrl(id: string, assessmentId: string, format: 'pdf' | 'html' | 'csv' | 'json'): string {
  const download = format === 'html' ? '' : '&download=true';
  return apiUrl(`/v1/analyses/${id}/report.${format}?assessment=${assessmentId}${download}`);
}

/** Sends the file as it is; fetch cannot say how much of a body has left, XMLHttpRequest can. */
export function uploadFile(file: File, onProgress: (fraction: number) => void): Promise<UploadView> {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', apiUrl(`/v1/uploads?fileName=${encodeURIComponent(file.name)}`));
    upload.setRequestHeader('Content-Type', 'application/octet-stream');
    upload.responseType = 'json';
    upload.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    upload.onload = () => {
      if (upload.status >= 200 && upload.status < 300) resolve(upload.response as UploadView);
      else reject(new ApiError(upload.status, (upload.response ?? undefined) as Problem | undefined));
    };
    upload.onerror = () => reject(new Error('The upload broke off. Check the connection and try again.'));
    upload.send(file);
  });
}
