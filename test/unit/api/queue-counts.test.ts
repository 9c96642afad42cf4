import { describe, expect, it, vi } from 'vitest';
import { createQueueCounts, type QueueCounts } from '../../../src/api/queue-counts.js';

const counts = (waiting: number): QueueCounts => ({ segments: { waiting } }) as QueueCounts;

describe('createQueueCounts', () => {
  it('asks the queue once a second at most', async () => {
    let nowMs = 0;
    let waiting = 0;
    const ask = vi.fn(() => Promise.resolve(counts(++waiting)));
    const read = createQueueCounts({ counts: ask }, () => nowMs);
    const answers = await Promise.all([read(), read(), read()]);
    expect(answers).toEqual([counts(1), counts(1), counts(1)]);
    nowMs = 999;
    expect(await read()).toEqual(counts(1));
    nowMs = 1_000;
    expect(await read()).toEqual(counts(2));
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('tells null when the queue refuses or stays silent', async () => {
    vi.useFakeTimers();
    const refused = createQueueCounts({ counts: () => Promise.reject(new Error('away')) });
    expect(await refused()).toBeNull();
    const silent = createQueueCounts({ counts: () => new Promise(() => undefined) })();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await silent).toBeNull();
    vi.useRealTimers();
  });
});
