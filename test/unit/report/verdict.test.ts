import { expect, it } from 'vitest';
import type { ComplianceSummary, ItemSummary } from '../../../src/domain/terms.js';
import { decideVerdict } from '../../../src/report/verdict.js';

const WORN: ItemSummary = {
  rate: 1,
  low: 0.5,
  high: 1,
  unknownShare: 0,
  wornMs: 5000,
  missingMs: 0,
  unknownMs: 0,
  violations: 0,
};
const UNKNOWN: ItemSummary = {
  ...WORN,
  rate: null,
  low: null,
  high: null,
  unknownShare: 1,
  wornMs: 0,
  unknownMs: 5000,
};
const NOBODY: ItemSummary = { ...UNKNOWN, unknownShare: null, unknownMs: 0 };

function summary(items: Record<string, ItemSummary>): ComplianceSummary {
  return { persons: 1, items, byZone: [], byHour: [] };
}

it('is non-compliant with a violation, even when the video is incomplete', () => {
  expect(decideVerdict(summary({ helmet: WORN }), 1, true)).toBe('non_compliant');
  expect(decideVerdict(summary({ helmet: WORN }), 1, false)).toBe('non_compliant');
});

it('is compliant only when everything asked for was judged on a whole video', () => {
  expect(decideVerdict(summary({ helmet: WORN, vest: WORN }), 0, true)).toBe('compliant');
  expect(decideVerdict(summary({ helmet: WORN, vest: WORN }), 0, false)).toBe('indeterminate');
  expect(decideVerdict(summary({ helmet: WORN, vest: UNKNOWN }), 0, true)).toBe('indeterminate');
});

it('does not need to judge what was asked of nobody', () => {
  expect(decideVerdict(summary({ helmet: WORN, vest: NOBODY }), 0, true)).toBe('compliant');
});

it('is indeterminate when nobody was seen or nothing was required', () => {
  expect(decideVerdict(summary({ helmet: NOBODY, vest: NOBODY }), 0, true)).toBe('indeterminate');
  expect(decideVerdict(summary({}), 0, true)).toBe('indeterminate');
});
