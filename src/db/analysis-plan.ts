import type { Rules } from '../domain/terms.js';
import type { AnalysisRow, StoredModel, StoredProbe } from './analysis-types.js';
import { inTransaction, type Db, type Tx } from './client.js';
import { insertFrameIndex, isSameFrameIndex, type StoredFrameIndex } from './frame-indexes.js';
import { toJson } from './json.js';
import { insertSegments, listOpenSegmentIndexes } from './segments.js';

/** A run of the source between key frames; the shape of media's SegmentPlan. */
export type PlannedSegment = {
  readonly segmentIndex: number;
  /** Half open range of the frame index. */
  readonly frameLo: number;
  readonly frameHi: number;
  readonly firstSampledFrame: number;
  readonly sampledCount: number;
};

export type AnalysisPlan = {
  readonly probe: StoredProbe;
  readonly model: StoredModel;
  /** Frames that the container promises. */
  readonly framesExpected: number;
  readonly framesSampled: number;
  readonly index: StoredFrameIndex;
  readonly segments: readonly PlannedSegment[];
  readonly everyNFrames: number;
  readonly defaultRules: Rules;
  /** Used when the analysis has no default assessment yet. */
  readonly assessmentId: string;
};

export type SavedPlan = {
  readonly row: AnalysisRow;
  readonly assessmentId: string;
  /** What is still to be done; fewer than planned when an earlier run finished some. */
  readonly openSegmentIndexes: readonly number[];
};

type StoredSource = {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fileName: string;
};

/**
 * downloading → probing, with the stored file. When it is another file than in an earlier run, what was detected on
 * that one goes. undefined when the analysis was cancelled, has another run or is gone.
 */
export async function saveSource(
  db: Db,
  id: string,
  run: number,
  source: StoredSource,
): Promise<AnalysisRow | undefined> {
  return inTransaction(db, async (tx) => {
    const before = await lockForIngest(tx, id, run);
    if (before === undefined) return undefined;
    if (before.sourceSha256 !== null && before.sourceSha256 !== source.sha256) await dropPlan(tx, id);
    const [row] = await tx<AnalysisRow[]>`
      with moved as (
        update analyses set
          status = 'probing', source_key = ${source.key}, source_sha256 = ${source.sha256},
          source_size_bytes = ${source.sizeBytes}, source_file_name = ${source.fileName},
          bytes_done = ${source.sizeBytes}, bytes_total = ${source.sizeBytes}, updated_at = now()
        where analyses.id = ${id} and analyses.status in ('downloading', 'probing')
        returning *
      ), audit as (
        insert into events (analysis_id, kind, detail)
        select moved.id, 'probing',
          jsonb_build_object('run', moved.run, 'sha256', moved.source_sha256, 'sizeBytes', moved.source_size_bytes)
        from moved where ${before.status} <> 'probing'
      )
      select * from moved`;
    return row;
  });
}

/**
 * → analyzing: probe, frame index, segments and the default assessment in one transaction. Segments of an earlier run
 * (or of this job's earlier life) are kept, with what they found, when source, sampling and model are the same.
 * undefined when the analysis was cancelled, has another run or is gone.
 */
export async function savePlan(db: Db, id: string, run: number, plan: AnalysisPlan): Promise<SavedPlan | undefined> {
  return inTransaction(db, async (tx) => {
    const before = await lockForIngest(tx, id, run);
    if (before === undefined) return undefined;
    if (!(await isSamePlan(tx, before, plan))) {
      await dropPlan(tx, id);
      await insertFrameIndex(tx, id, plan.index);
      await insertSegments(tx, id, run, plan.segments);
    }
    const assessmentId = await ensureDefaultAssessment(tx, id, plan);
    const row = await enterAnalyzing(tx, before, plan);
    return { row, assessmentId, openSegmentIndexes: await listOpenSegmentIndexes(tx, id) };
  });
}

async function lockForIngest(tx: Tx, id: string, run: number): Promise<AnalysisRow | undefined> {
  const [row] = await tx<AnalysisRow[]>`
    select * from analyses
    where analyses.id = ${id} and analyses.run = ${run}
      and analyses.status in ('downloading', 'probing', 'analyzing') and analyses.cancel_requested_at is null
    for no key update`;
  return row;
}

async function isSamePlan(tx: Tx, before: AnalysisRow, plan: AnalysisPlan): Promise<boolean> {
  return (
    before.settings.everyNFrames === plan.everyNFrames &&
    before.model !== null &&
    isSameModel(before.model, plan.model) &&
    (await isSameFrameIndex(tx, before.id, plan.index))
  );
}

function isSameModel(a: StoredModel, b: StoredModel): boolean {
  return (
    a.sha256 === b.sha256 &&
    a.inputWidthPx === b.inputWidthPx &&
    a.inputHeightPx === b.inputHeightPx &&
    a.scoreFloor === b.scoreFloor
  );
}

/** Detections and sampled frames go with their segments. */
async function dropPlan(tx: Tx, id: string): Promise<void> {
  await tx`delete from segments where segments.analysis_id = ${id}`;
  await tx`delete from frame_indexes where frame_indexes.analysis_id = ${id}`;
}

async function ensureDefaultAssessment(tx: Tx, id: string, plan: AnalysisPlan): Promise<string> {
  await tx`
    insert into assessments (id, analysis_id, is_default, rules)
    values (${plan.assessmentId}, ${id}, true, ${tx.json(toJson(plan.defaultRules))})
    on conflict (analysis_id) where is_default do nothing`;
  const [row] = await tx<{ id: string }[]>`
    select assessments.id from assessments where assessments.analysis_id = ${id} and assessments.is_default`;
  return row?.id ?? plan.assessmentId;
}

async function enterAnalyzing(tx: Tx, before: AnalysisRow, plan: AnalysisPlan): Promise<AnalysisRow> {
  const settings = { ...before.settings, everyNFrames: plan.everyNFrames };
  const detail = { run: before.run, segments: plan.segments.length, framesSampled: plan.framesSampled };
  const [row = before] = await tx<AnalysisRow[]>`
    with moved as (
      update analyses set
        status = 'analyzing', source_probe = ${tx.json(toJson(plan.probe))}, model = ${tx.json(toJson(plan.model))},
        frames_expected = ${plan.framesExpected}, frames_sampled = ${plan.framesSampled},
        settings = ${tx.json(toJson(settings))}, updated_at = now()
      where analyses.id = ${before.id}
      returning *
    ), audit as (
      insert into events (analysis_id, kind, detail)
      select moved.id, 'analyzing', ${tx.json(detail)} from moved where ${before.status} <> 'analyzing'
    )
    select * from moved`;
  return row;
}
