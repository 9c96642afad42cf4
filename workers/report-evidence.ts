import { buffer } from 'node:stream/consumers';
import type { NewEvidence } from '../src/db/assessments.js';
import type { Violation } from '../src/domain/terms.js';
import { renderEvidenceStills, type StillRequest } from '../src/media/evidence-still.js';
import { faceRegions } from '../src/media/face-regions.js';
import { throwIfCancelled } from '../src/shared/abort.js';
import { toHivisError } from '../src/shared/errors.js';
import { sha256Bytes } from '../src/shared/hash.js';
import { evidenceFile, evidenceKey } from '../src/storage/keys.js';
import type { JobDeps } from './deps.js';
import type { ReportFacts } from './report-facts.js';

/** A still that is stored; `file` is how the report names it. */
export type MadeEvidence = NewEvidence & { readonly file: string };

export type EvidenceOptions = {
  readonly signal: AbortSignal;
  /** Goes on without the stills that ffmpeg fails on, also when another try might make them. */
  readonly tolerant: boolean;
  readonly onProgress: (share: number) => Promise<void>;
};

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
  options: EvidenceOptions,
): Promise<MadeEvidence[]> {
  const { row } = facts;
  const requests = planStills(facts, violations, deps.config.evidence.blurFaces);
  const made: MadeEvidence[] = [];
  if (requests.size === 0) return made;
  const render = async (file: string): Promise<void> => {
    const settings = { ...deps.config.evidence, file, index: facts.index, probe: row.sourceProbe };
    const stills = renderEvidenceStills(deps.tools, { ...settings, signal: options.signal }, [...requests.keys()]);
    for await (const { still, jpeg } of stills) {
      const violation = requests.get(still);
      if (violation === undefined) continue;
      made.push(await storeStill(deps, facts, violation, jpeg, options.signal));
      await options.onProgress(made.length / requests.size);
    }
  };
  try {
    await deps.sourceCache.withFile(row.sourceKey, row.sourceSizeBytes, render, { signal: options.signal });
  } catch (thrown) {
    throwIfCancelled(options.signal);
    const error = toHivisError(thrown);
    if (error.retryable && !options.tolerant) throw error;
    deps.log.warn({ err: error, analysisId: row.id, made: made.length }, 'some stills could not be made');
  }
  return made.sort((a, b) => a.violationNumber - b.violationNumber);
}

function planStills(
  facts: ReportFacts,
  violations: readonly Violation[],
  blurFaces: boolean,
): Map<StillRequest, Violation> {
  const durationMs = (violation: Violation): number => violation.endMs - violation.startMs;
  const longest = [...violations].sort((a, b) => durationMs(b) - durationMs(a) || a.number - b.number);
  const detections = new Map(facts.frames.map((frame) => [frame.frameIndex, frame.detections]));
  return new Map(
    longest.slice(0, MAX_STILLS).map((violation) => {
      const { frameIndex } = violation.evidence;
      const { roles } = facts.row.model;
      const faces = blurFaces ? faceRegions(detections.get(frameIndex) ?? [], roles, facts.row.sourceProbe) : [];
      const request = { frameIndex, moment: violation.evidence, caption: captionOf(violation), faces };
      return [request, violation];
    }),
  );
}

function captionOf({ number, item, trackId, zone }: Violation): string {
  const place = zone === null ? '' : `, zone ${zone}`;
  return `Violation ${number}: ${item} missing, person ${trackId}${place}`;
}

async function storeStill(
  deps: Pick<JobDeps, 'storage'>,
  facts: ReportFacts,
  violation: Violation,
  jpeg: Buffer,
  signal: AbortSignal,
): Promise<MadeEvidence> {
  const { number: violationNumber, evidence } = violation;
  const storageKey = evidenceKey(facts.row.id, facts.assessmentId, violationNumber);
  await deps.storage.put(storageKey, jpeg, { contentType: 'image/jpeg', signal });
  return {
    ...{ violationNumber, storageKey, file: evidenceFile(violationNumber) },
    ...{ frameIndex: evidence.frameIndex, ptsMs: evidence.ptsMs },
    ...{ sizeBytes: jpeg.length, sha256: sha256Bytes(jpeg) },
  };
}

export async function readStill(deps: Pick<JobDeps, 'storage'>, still: MadeEvidence): Promise<Buffer> {
  return buffer(await deps.storage.read(still.storageKey));
}
