import { describe, expect, it } from 'vitest';
import { jobPriority } from '../../../src/queue/priority.js';

const MINUTE_MS = 60_000;
const noon = Date.UTC(2026, 6, 31, 12);
const priority = (createdAtMs: number, segmentIndex = 0, wish: 'high' | 'normal' | 'low' = 'normal') =>
  jobPriority({ createdAtMs, priority: wish, segmentIndex });

describe('jobPriority', () => {
  it('runs the segments of one video in order', () => {
    expect(priority(noon, 1) - priority(noon, 0)).toBe(1);
    expect(priority(noon, 900)).toBeGreaterThan(priority(noon, 899));
  });

  it('lets a short video overtake all but the head of a long one submitted a minute before', () => {
    const short = priority(noon + MINUTE_MS, 0);
    expect(short).toBeLessThan(priority(noon, 2));
    expect(short).toBeGreaterThan(priority(noon, 0));
  });

  it('does not let later short videos starve a long one', () => {
    const tail = priority(noon, 600);
    expect(priority(noon + 599 * MINUTE_MS, 0)).toBeLessThan(tail);
    expect(priority(noon + 601 * MINUTE_MS, 0)).toBeGreaterThan(tail);
  });

  it('moves an analysis by the wish of the user', () => {
    expect(priority(noon + 23 * 60 * MINUTE_MS, 0, 'high')).toBeLessThan(priority(noon, 0));
    expect(priority(noon, 0, 'low')).toBeGreaterThan(priority(noon + 47 * 60 * MINUTE_MS, 0));
  });

  it('stays in the range of BullMQ', () => {
    for (let year = 2025; year < 2060; year++) {
      const createdAtMs = Date.UTC(year, year % 12);
      expect(priority(createdAtMs, 0, 'high')).toBeGreaterThanOrEqual(1);
      expect(priority(createdAtMs, 500_000, 'low')).toBeLessThanOrEqual(2_097_151);
    }
  });
});
