import { buffer } from 'node:stream/consumers';
import { findPictures, type NewEvidence } from '../src/db/assessments.js';
import type { Violation } from '../src/domain/terms.js';
import { pictureKey, renderEvidenceStills, type StillRequest } from '../src/media/evidence-still.js';
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

/**
 * Stills of the violations: those that an earlier assessment made of the very same moments, and the others drawn and
 * stored. A frame that cannot be decoded leaves its violation without one.
 */
export async function makeEvidence(
  deps: JobDeps,
  facts: ReportFacts,
  violations: readonly Violation[],
  options: EvidenceOptions,
): Promise<MadeEvidence[]> {
  const planned = planStills(facts, violations, deps.config.evidence);
  const made = await reuseStills(deps, facts, planned);
  const missing = new Map(planned.filter((plan) => !made.has(plan)).map((plan) => [plan.still, plan]));
  if (missing.size > 0) await drawStills(deps, facts, missing, made, options);
  return [...made.values()].sort((a, b) => a.violationNumber - b.violationNumber);
}

type StillPlan = { readonly violation: Violation; readonly still: StillRequest; readonly pictureKey: string };

async function reuseStills(
  deps: Pick<JobDeps, 'sql'>,
  facts: ReportFacts,
  planned: readonly StillPlan[],
): Promise<Map<StillPlan, MadeEvidence>> {
  const keys = planned.map((plan) => plan.pictureKey);
  const pictures = keys.length === 0 ? undefined : await findPictures(deps.sql, facts.row.id, keys);
  const made = new Map<StillPlan, MadeEvidence>();
  for (const plan of planned) {
    const picture = pictures?.get(plan.pictureKey);
    if (picture !== undefined) made.set(plan, describeStill(plan, picture));
  }
  return made;
}

/** Adds to `made` what could be drawn. */
async function drawStills(
  deps: JobDeps,
  facts: ReportFacts,
  missing: ReadonlyMap<StillRequest, StillPlan>,
  made: Map<StillPlan, MadeEvidence>,
  options: EvidenceOptions,
): Promise<void> {
  const { row } = facts;
  let drawn = 0;
  const draw = async (file: string): Promise<void> => {
    const settings = { ...deps.config.evidence, file, index: facts.index, probe: row.sourceProbe };
    const stills = renderEvidenceStills(deps.tools, { ...settings, signal: options.signal }, [...missing.keys()]);
    for await (const { still, jpeg } of stills) {
      const plan = missing.get(still);
      if (plan === undefined) continue;
      made.set(plan, await storeStill(deps, facts, plan, jpeg, options.signal));
      await options.onProgress(++drawn / missing.size);
    }
  };
  try {
    await deps.sourceCache.withFile(row.sourceKey, row.sourceSizeBytes, draw, { signal: options.signal });
  } catch (thrown) {
    throwIfCancelled(options.signal);
    const error = toHivisError(thrown);
    if (error.retryable && !options.tolerant) throw error;
    deps.log.warn({ err: error, analysisId: row.id, made: made.size }, 'some stills could not be made');
  }
}

function planStills(
  facts: ReportFacts,
  violations: readonly Violation[],
  look: JobDeps['config']['evidence'],
): StillPlan[] {
  const durationMs = (violation: Violation): number => violation.endMs - violation.startMs;
  const longest = [...violations].sort((a, b) => durationMs(b) - durationMs(a) || a.number - b.number);
  const detections = new Map(facts.frames.map((frame) => [frame.frameIndex, frame.detections]));
  const { roles } = facts.row.model;
  return longest.slice(0, MAX_STILLS).map((violation) => {
    const { frameIndex } = violation.evidence;
    const faces = look.blurFaces ? faceRegions(detections.get(frameIndex) ?? [], roles, facts.row.sourceProbe) : [];
    const still = { frameIndex, moment: violation.evidence, caption: captionOf(violation), faces };
    return { violation, still, pictureKey: pictureKey(still, look) };
  });
}

/** Without the violation's number: it differs between assessments that show the same. */
function captionOf({ item, trackId, zone }: Violation): string {
  const place = zone === null ? '' : `, zone ${zone}`;
  return `Person ${trackId}: ${item} missing${place}`;
}

async function storeStill(
  deps: Pick<JobDeps, 'storage'>,
  facts: ReportFacts,
  plan: StillPlan,
  jpeg: Buffer,
  signal: AbortSignal,
): Promise<MadeEvidence> {
  const storageKey = evidenceKey(facts.row.id, facts.assessmentId, plan.violation.number);
  await deps.storage.put(storageKey, jpeg, { contentType: 'image/jpeg', signal });
  return describeStill(plan, { storageKey, sizeBytes: jpeg.length, sha256: sha256Bytes(jpeg) });
}

function describeStill(
  { violation, pictureKey }: StillPlan,
  { storageKey, sizeBytes, sha256 }: Pick<NewEvidence, 'storageKey' | 'sizeBytes' | 'sha256'>,
): MadeEvidence {
  const { frameIndex, ptsMs } = violation.evidence;
  const file = evidenceFile(violation.number);
  return { violationNumber: violation.number, file, storageKey, pictureKey, frameIndex, ptsMs, sizeBytes, sha256 };
}

export async function readStill(deps: Pick<JobDeps, 'storage'>, still: MadeEvidence): Promise<Buffer> {
  return buffer(await deps.storage.read(still.storageKey));
}
