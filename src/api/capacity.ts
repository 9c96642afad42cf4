import type { Capacity as CapacityFacts } from '../db/screens.js';
import type { Capacity } from './schemas.js';

export function toCapacityView(facts: CapacityFacts): Capacity {
  return {
    workers: facts.workers,
    activeAnalyses: facts.activeAnalyses,
    backlogVideoHours: facts.backlogVideoMs / 3_600_000,
    analysesWithUnknownLength: facts.analysesWithUnknownLength,
    throughputVideoSecondsPerSecond: facts.throughputVideoSecondsPerSecond,
    backlogSeconds: backlogSeconds(facts),
  };
}

/** 0 when nothing waits; null when something does and nobody can say how long. */
export function backlogSeconds(facts: CapacityFacts): number | null {
  if (facts.analysesWithUnknownLength > 0) return null;
  if (facts.backlogVideoMs <= 0) return 0;
  const speed = facts.throughputVideoSecondsPerSecond;
  return speed === null || speed <= 0 ? null : Math.ceil(facts.backlogVideoMs / 1000 / speed);
}
