import type { Logger } from './logger.js';

/**
 * Whatever nobody caught (the Postgres client can throw outside a promise when its connection drops inside a
 * transaction) ends the process with exit code 1, to be started again: what waits for an answer that never comes would
 * hold its lock, its connection or its client for ever.
 */
export function endOnUncaught(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error: the process ends');
    process.exit(1);
  });
}
