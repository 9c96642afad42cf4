/**
 * The API process: HTTP in front of Postgres, queue and storage. Ends in order on SIGTERM, SIGINT and when its parent
 * goes away; by force when that takes too long, or on a second signal.
 */
import { loadConfig, type Config } from '../config/config.js';
import { readEnvironment } from '../config/environment.js';
import { toHivisError } from '../shared/errors.js';
import { createLogger } from '../shared/logger.js';
import { onParentGone, reportFailure, reportReady } from '../shared/parent-process.js';
import { endOnUncaught } from '../shared/uncaught.js';
import { wireApi, type Api } from './wiring.js';

/** On top of what running requests get. */
const FORCED_EXIT_MS = 12_000;

async function main(): Promise<void> {
  let log = createLogger({ level: 'info', name: 'api' });
  try {
    const config: Config = loadConfig(readEnvironment());
    log = createLogger({ level: config.logLevel, name: 'api' });
    endOnUncaught(log);
    const api = await wireApi(config, { log });
    stopInOrder(api, log);
    const url = await api.listen();
    log.info({ url }, 'API is listening');
    reportReady(url);
  } catch (thrown) {
    const error = toHivisError(thrown);
    log.fatal({ err: thrown, code: error.code }, 'API cannot start');
    reportFailure(error);
    // The message to the parent needs a moment to leave.
    setTimeout(() => process.exit(1), 100);
  }
}

function stopInOrder(api: Api, log: ReturnType<typeof createLogger>): void {
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'API is stopping');
    setTimeout(() => process.exit(1), FORCED_EXIT_MS).unref();
    api.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'API did not stop in order');
        process.exit(1);
      },
    );
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stop(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  onParentGone(() => stop('parent gone'));
}

await main();
