/** Every storage key of hivis is made here. */
export type ReportFormat = 'pdf' | 'html' | 'csv' | 'json';

/** `extension` with its dot. The run is part of the key, so a retry never writes over what an older job may still read. */
export function sourceKey(analysisId: string, run: number, extension: string): string {
  return `${sourcePrefix(analysisId)}${run}/source${extension}`;
}

export function sourcePrefix(analysisId: string): string {
  return `sources/${analysisId}/`;
}

export function uploadKey(uploadId: string): string {
  return `uploads/${uploadId}`;
}

export function analysisPrefix(analysisId: string): string {
  return `analyses/${analysisId}/`;
}

export function assessmentPrefix(analysisId: string, assessmentId: string): string {
  return `${analysisPrefix(analysisId)}${assessmentId}/`;
}

export function reportKey(analysisId: string, assessmentId: string, format: ReportFormat): string {
  return `${assessmentPrefix(analysisId, assessmentId)}report.${format}`;
}

/** `evidence/violation-001.jpg`: how reports name a still; relative to the report's own folder. */
export function evidenceFile(violationNumber: number): string {
  return `evidence/violation-${String(violationNumber).padStart(3, '0')}.jpg`;
}

export function evidenceKey(analysisId: string, assessmentId: string, violationNumber: number): string {
  return `${assessmentPrefix(analysisId, assessmentId)}${evidenceFile(violationNumber)}`;
}
