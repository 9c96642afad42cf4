import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/domain/assess.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { AssessmentResult, Violation } from '../../../src/domain/terms.js';
import { ROLES } from '../../support/scene.js';
import { loadGroundTruth, loadSiteDemo } from '../../support/site-demo.js';

const TOLERANCE_MS = 700;

function assessDemo(): AssessmentResult {
  return assess({ ...loadSiteDemo(), roles: ROLES, rules: DEFAULT_RULES });
}

describe('the sample clip against its ground truth, default settings', () => {
  const truth = loadGroundTruth();
  const found = assessDemo();

  it('counts the people', () => {
    expect(found.summary.persons).toBe(truth.workers);
    expect(found.tracks).toHaveLength(truth.workers);
  });

  it('finds every true violation of a second or more at its place, and invents none', () => {
    const rest: Violation[] = [...found.violations];
    for (const violation of truth.violations.filter(({ startMs, endMs }) => endMs - startMs >= 1000)) {
      const position = rest.findIndex(
        ({ item, startMs, endMs }) =>
          item === violation.item &&
          Math.abs(startMs - violation.startMs) <= TOLERANCE_MS &&
          Math.abs(endMs - violation.endMs) <= TOLERANCE_MS,
      );
      expect(position, `${violation.worker} without ${violation.item}`).toBeGreaterThanOrEqual(0);
      rest.splice(position, 1);
    }
    expect(rest).toEqual([]);
  });

  it('gives each violation its own person, and the man who lost his helmet one identity', () => {
    expect(new Set(found.violations.map(({ trackId }) => trackId)).size).toBe(3);
    const late = found.violations.find(({ item, startMs }) => item === 'helmet' && startMs > 5000);
    const history = found.observations.filter(({ trackId, item }) => trackId === late?.trackId && item === 'helmet');
    expect(history.map(({ status }) => status)).toEqual(['worn', 'unknown', 'missing']);
  });

  it('is unsure for a small share of the time only', () => {
    expect(found.summary.items['helmet']?.unknownShare).toBeLessThan(0.1);
    expect(found.summary.items['vest']?.unknownShare).toBeLessThan(0.1);
  });

  it('says how long a violation must be to be seen: two samples of every fifth frame at 12 a second', () => {
    expect(found.detectionFloorMs).toBe(834);
  });
});
