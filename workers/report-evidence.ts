import { buffer } from 'node:stream/consumers';
import type { NewEvidence } from '../src/db/assessments.js';
import type { Violation } from '../src/domain/terms.js';
import { renderEvidenceStill } from '../src/media/evidence-still.js';
import { throwIfCancelled } from '../src/shared/abort.js';
import { sha256Bytes } from '../src/shared/hash.js';
import { evidenceFile, evidenceKey } from '../src/storage/keys.js';
import type { JobDeps } from './deps.js';
import type { ReportFacts } from './report-facts.js';

/** A still that is stored; `file` is how the report names it. */
export type MadeEvidence = NewEvidence & { readonly file: string };

/**
 * More stills than this would take longer than the analysis and be looked at by nobody; the longest violations get
 * theirs, the others are in the report without one.
 */
const MAX_STILLS = 500;

/** Renders and stores a still of every violation. A frame that cannot be decoded leaves its violation without one. */
export async function makeEvidence(
  deps: JobDeps,
  facts: ReportFacts,
  violations: readonly Violation[],
  signal: AbortSignal,
  onProgress: (share: number) => Promise<void>,
): Promise<MadeEvidence[]> {
  const chosen = chooseViolations(violations);
  if (chosen.length === 0) return [];
  const { row } = facts;
  return deps.sourceCache.withFile(
    row.sourceKey,
    row.sourceSizeBytes,
    async (file) => {
      const made: MadeEvidence[] = [];
      for (const [position, violation] of chosen.entries()) {
        throwIfCancelled(signal);
        const still = await makeStill(deps, facts, violation, file, signal);
        if (still !== undefined) made.push(still);
        await onProgress((position + 1) / chosen.length);
      }
      return made;
    },
    { signal },
  );
}

function chooseViolations(violations: readonly Violation[]): Violation[] {
  const durationMs = (violation: Violation): number => violation.endMs - violation.startMs;
  return [...violations]
    .sort((a, b) => durationMs(b) - durationMs(a) || a.number - b.number)
    .slice(0, MAX_STILLS)
    .sort((a, b) => a.number - b.number);
}

async function makeStill(
  deps: JobDeps,
  facts: ReportFacts,
  violation: Violation,
  file: string,
  signal: AbortSignal,
): Promise<MadeEvidence | undefined> {
  const { row, index } = facts;
  const { frameIndex, ptsMs } = violation.evidence;
  let bytes: Buffer;
  try {
    bytes = await renderEvidenceStill(deps.tools, {
      ...{ file, index, probe: row.sourceProbe, frameIndex, moment: violation.evidence, signal },
      caption: `${violation.number}`,
      jpegQuality: deps.config.evidence.jpegQuality,
      blurFaces: deps.config.evidence.blurFaces,
    });
  } catch (error) {
    throwIfCancelled(signal);
    deps.log.warn({ err: error, analysisId: row.id, violation: violation.number }, 'a still could not be made');
    return undefined;
  }
  const storageKey = evidenceKey(row.id, facts.assessmentId, violation.number);
  await deps.storage.put(storageKey, bytes, { contentType: 'image/jpeg', signal });
  const sizeBytes = bytes.length;
  const sha256 = sha256Bytes(bytes);
  const named = { violationNumber: violation.number, file: evidenceFile(violation.number) };
  return { ...named, storageKey, frameIndex, ptsMs, sizeBytes, sha256 };
}

export async function readStill(deps: Pick<JobDeps, 'storage'>, still: MadeEvidence): Promise<Buffer> {
  return buffer(await deps.storage.read(still.storageKey));
}
