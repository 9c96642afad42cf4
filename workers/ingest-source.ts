import path from 'node:path';
import type { AnalysisRow } from '../src/db/analysis-types.js';
import { saveDownloadProgress, saveSource } from '../src/db/analyses.js';
import { getUpload } from '../src/db/uploads.js';
import { downloadSource } from '../src/ingest/download.js';
import { containerExtension } from '../src/ingest/sniff.js';
import type { JobContext } from '../src/queue/consumer.js';
import { HivisError } from '../src/shared/errors.js';
import { sourceKey } from '../src/storage/keys.js';
import type { JobDeps } from './deps.js';

/** An analysis whose file is known and stored. */
export type StoredSource = AnalysisRow & { readonly sourceKey: string; readonly sourceSizeBytes: number };

/**
 * Sees to it that the video lies in storage: what an earlier attempt or run stored, an upload, or a download. Throws
 * what the download throws, `upload_not_found`, and `cancelled` when the analysis has ended meanwhile.
 */
export async function fetchSource(
  deps: JobDeps,
  row: AnalysisRow,
  context: JobContext,
  signal: AbortSignal,
): Promise<StoredSource> {
  const known = await findStored(deps, row);
  const stored = known ?? (await fetchNew(deps, row, context, signal));
  const saved = await saveSource(deps.sql, row.id, row.run, stored);
  if (saved === undefined) {
    // Deleted or cancelled while the file was on its way: whoever cleared up came too early for it.
    if (known === undefined && row.uploadId === null) await deps.storage.delete(stored.key);
    throw new HivisError('cancelled', `Analysis ${row.id} needs no more work.`);
  }
  return { ...saved, sourceKey: stored.key, sourceSizeBytes: stored.sizeBytes };
}

type SourceFacts = Parameters<typeof saveSource>[3];

async function findStored(deps: JobDeps, row: AnalysisRow): Promise<SourceFacts | undefined> {
  if (row.sourceKey === null || row.sourceSha256 === null || row.sourceSizeBytes === null) return undefined;
  const stats = await deps.storage.stat(row.sourceKey);
  if (stats?.sizeBytes !== row.sourceSizeBytes) return undefined;
  return {
    key: row.sourceKey,
    sha256: row.sourceSha256,
    sizeBytes: row.sourceSizeBytes,
    fileName: row.sourceFileName ?? 'video',
  };
}

async function fetchNew(
  deps: JobDeps,
  row: AnalysisRow,
  context: JobContext,
  signal: AbortSignal,
): Promise<SourceFacts> {
  if (row.uploadId !== null) {
    const upload = await getUpload(deps.sql, row.uploadId);
    return { key: upload.storageKey, sha256: upload.sha256, sizeBytes: upload.sizeBytes, fileName: upload.fileName };
  }
  if (row.videoUrl === null) throw new HivisError('internal', `Analysis ${row.id} has neither a URL nor an upload.`);
  return download(deps, row, row.videoUrl, context, signal);
}

async function download(
  deps: JobDeps,
  row: AnalysisRow,
  url: string,
  context: JobContext,
  signal: AbortSignal,
): Promise<SourceFacts> {
  return deps.workFolders.withFolder(async (folder) => {
    const filePath = path.join(folder, 'source');
    const source = await downloadSource({
      url,
      destinationPath: filePath,
      policy: deps.config.urls,
      limits: { ...deps.config.download, maxBytes: deps.config.limits.maxSourceBytes },
      onProgress: (bytesDone, bytesTotal) => showDownload(deps, row, context, bytesDone, bytesTotal),
      signal,
    });
    const key = sourceKey(row.id, row.run, containerExtension(source.container));
    await deps.storage.put(key, { filePath, consume: true }, { signal });
    await context.say(`downloaded ${source.sizeBytes} bytes, SHA-256 ${source.sha256}`);
    return { key, sha256: source.sha256, sizeBytes: source.sizeBytes, fileName: source.fileName };
  });
}

async function showDownload(
  deps: JobDeps,
  row: AnalysisRow,
  context: JobContext,
  bytesDone: number,
  bytesTotal: number | null,
): Promise<void> {
  const isWanted = await saveDownloadProgress(deps.sql, row.id, row.run, bytesDone, bytesTotal);
  if (!isWanted) throw new HivisError('cancelled', `Analysis ${row.id} needs no more work.`);
  // Probing and planning are the last tenth.
  const percent = bytesTotal === null || bytesTotal === 0 ? 0 : (90 * bytesDone) / bytesTotal;
  await context.progress(percent, { bytesDone, ...(bytesTotal === null ? {} : { bytesTotal }) });
}
