import type { Logger } from '../shared/logger.js';

const QUIET_MS = 5_000;
const MAX_MESSAGES = 100;

/**
 * An `error` listener. A server that is away makes every connection complain many times a second: one line for each
 * message and five seconds is enough.
 */
export function logQuietly(log: Logger, text: string): (error: Error) => void {
  const lastMs = new Map<string, number>();
  return (error) => {
    const nowMs = Date.now();
    if (nowMs - (lastMs.get(error.message) ?? 0) < QUIET_MS) return;
    if (lastMs.size > MAX_MESSAGES) lastMs.clear();
    lastMs.set(error.message, nowMs);
    log.warn({ err: error }, text);
  };
}
