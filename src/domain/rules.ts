import type { ItemName, Rules } from './terms.js';

/**
 * What an assessment judges by when nobody says otherwise: helmet and vest everywhere. The numbers were chosen by
 * measuring on rendered and real clips at sampling intervals from 0.1 s to 0.8 s.
 */
export const DEFAULT_RULES: Rules = {
  required: ['helmet', 'vest'],
  minConfidence: 0.15,
  minViolationMs: 800,
  mergeGapMs: 2500,
  zones: [],
};

/** Every item that is required somewhere: the global list first, then what only zones ask for, without repeats. */
export function requiredItems(rules: Rules): readonly ItemName[] {
  return [...new Set([...rules.required, ...rules.zones.flatMap((zone) => zone.required)])];
}
