import { claimAssessment, saveAssessment } from '../../../src/db/assessments.js';
import { completeAnalysis, markReporting } from '../../../src/db/analyses.js';
import { evidenceKey, reportKey } from '../../../src/storage/keys.js';
import { createAnalyzing, finishSegments, savedAssessment } from '../db/fixtures.js';
import type { TestApi } from './api-server.js';

/** Finished, with the files of its report in the storage. */
export async function createFinished(test: TestApi): Promise<{ id: string; run: number; assessmentId: string }> {
  const analysis = await createAnalyzing(test.sql);
  const { id, run, assessmentId } = analysis;
  await finishSegments(test.sql, analysis);
  await markReporting(test.sql, id, run);
  const claim = await claimAssessment(test.sql, assessmentId, { maxAttempts: 3 });
  if (claim.kind !== 'claimed') throw new Error(`the claim was answered with ${claim.kind}`);
  const { storage } = test.api.context;
  const still = evidenceKey(id, assessmentId, 1);
  await storage.put(still, Buffer.from([0xff, 0xd8, 0xff]));
  for (const format of ['pdf', 'html', 'csv', 'json'] as const)
    await storage.put(reportKey(id, assessmentId, format), Buffer.from(`the ${format}`));
  const saved = savedAssessment();
  const evidence = saved.evidence.map((entry) => ({ ...entry, storageKey: still }));
  await saveAssessment(test.sql, assessmentId, claim.epoch, { ...saved, evidence });
  await completeAnalysis(test.sql, id, run, 'completed');
  return analysis;
}
