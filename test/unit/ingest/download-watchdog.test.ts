import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DownloadWatchdog } from '../../../src/ingest/download-watchdog.js';
import { HivisError } from '../../../src/shared/errors.js';

const LIMITS = { timeoutMs: 3_600_000, idleTimeoutMs: 30_000, minBytesPerSecond: 1_024 };

describe('DownloadWatchdog', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const receive = (watchdog: DownloadWatchdog, bytes: number, seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) {
      watchdog.received(bytes);
      watchdog.awaitMore();
      vi.advanceTimersByTime(1_000);
    }
  };

  test('ends a download that waits too long for its first byte', () => {
    const watchdog = new DownloadWatchdog(LIMITS);
    vi.advanceTimersByTime(29_000);
    expect(watchdog.reason).toBeUndefined();
    vi.advanceTimersByTime(2_000);
    expect(watchdog.reason).toMatchObject({ code: 'download_timeout', retryable: true });
    expect(watchdog.reason?.details).toEqual({ limit: 'DOWNLOAD_IDLE_TIMEOUT_MS' });
  });

  test('time in which received bytes are stored is no waiting', () => {
    const watchdog = new DownloadWatchdog({ ...LIMITS, minBytesPerSecond: 0 });
    watchdog.received(10);
    vi.advanceTimersByTime(120_000);
    expect(watchdog.reason).toBeUndefined();
    watchdog.awaitMore();
    vi.advanceTimersByTime(31_000);
    expect(watchdog.reason?.details).toEqual({ limit: 'DOWNLOAD_IDLE_TIMEOUT_MS' });
  });

  test('ends a drip that the idle limit never would, after the window', () => {
    const watchdog = new DownloadWatchdog(LIMITS);
    receive(watchdog, 1, 29);
    expect(watchdog.reason).toBeUndefined();
    receive(watchdog, 1, 2);
    expect(watchdog.reason?.details).toEqual({ limit: 'DOWNLOAD_MIN_BYTES_PER_SECOND' });
  });

  test('a fast start does not excuse a drip later, and a slow stretch shorter than the window is fine', () => {
    const watchdog = new DownloadWatchdog(LIMITS);
    receive(watchdog, 1_000_000, 60);
    receive(watchdog, 1, 20);
    receive(watchdog, 1_000_000, 20);
    expect(watchdog.reason).toBeUndefined();
    receive(watchdog, 1, 33);
    expect(watchdog.reason?.details).toEqual({ limit: 'DOWNLOAD_MIN_BYTES_PER_SECOND' });
  });

  test('ends a download that takes too long as a whole; trying again would not help', () => {
    const watchdog = new DownloadWatchdog({ ...LIMITS, timeoutMs: 60_000 });
    receive(watchdog, 1_000_000, 62);
    expect(watchdog.reason).toMatchObject({ code: 'download_timeout', retryable: false });
    expect(watchdog.reason?.details).toEqual({ limit: 'DOWNLOAD_TIMEOUT_MS' });
  });

  test('passes the caller’s abort on, with its reason when that is one of ours', () => {
    const caller = new AbortController();
    const watchdog = new DownloadWatchdog(LIMITS, caller.signal);
    caller.abort();
    expect(watchdog.signal.aborted).toBe(true);
    expect(watchdog.reason?.code).toBe('cancelled');
    const own = new HivisError('timed_out', 'over');
    expect(new DownloadWatchdog(LIMITS, AbortSignal.abort(own)).reason).toBe(own);
    expect(vi.getTimerCount()).toBe(0);
  });
});
