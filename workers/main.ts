/**
 * A worker: one process that takes jobs, or (WORKER_PROCESSES > 1, by default one per usable core) a supervisor with
 * that many of them. Ends in order on SIGTERM, SIGINT and when its parent goes away; by force when that takes too long,
 * or on a second signal. `--health` only answers whether the workers of this machine are well.
 */
import { loadConfig, type Config } from '../src/config/config.js';
import { readEnvironment } from '../src/config/environment.js';
import { toHivisError } from '../src/shared/errors.js';
import { createLogger, type Logger } from '../src/shared/logger.js';
import { onParentGone, reportFailure, reportReady } from '../src/shared/parent-process.js';
import { endOnUncaught } from '../src/shared/uncaught.js';
import { countUsableCores } from '../src/shared/usable-cores.js';
import { checkHealth } from './health.js';
import { startSupervisor } from './supervisor.js';

/** On top of the grace that running jobs get. */
const FORCED_EXIT_MS = 5_000;

type Stop = (graceMs: number) => Promise<void>;

async function main(): Promise<void> {
  let log = createLogger({ level: 'info', name: 'worker' });
  try {
    const env = readEnvironment();
    const config = loadConfig(env);
    log = createLogger({ level: config.logLevel, name: 'worker' });
    if (process.argv.includes('--health')) {
      await answerHealth(config);
      return;
    }
    endOnUncaught(log);
    const processes = config.worker.processes === 0 ? countUsableCores() : config.worker.processes;
    const { shutdownGraceMs } = config.worker;
    const starting =
      processes > 1 ? startSupervisor({ processes, env, log, shutdownGraceMs }) : startWorker(config, log);
    stopInOrder(starting, shutdownGraceMs, log);
    await starting;
    reportReady(null);
  } catch (thrown) {
    const error = toHivisError(thrown);
    log.fatal({ err: thrown, code: error.code }, 'worker cannot start');
    reportFailure(error);
    // The message to the parent needs a moment to leave.
    setTimeout(() => process.exit(1), 100);
  }
}

/** Loaded only here: a supervisor and the health check need neither ONNX Runtime nor the queue. */
async function startWorker(config: Config, log: Logger): Promise<Stop> {
  const { startWorkerProcess } = await import('./wiring.js');
  const worker = await startWorkerProcess(config, log);
  log.info({ workerId: worker.workerId, roles: config.worker.roles }, 'worker takes jobs');
  return (graceMs) => worker.stop(graceMs);
}

/** From the first moment on: a signal that comes during the start is obeyed once there is something to stop. */
function stopInOrder(starting: Promise<Stop>, graceMs: number, log: Logger): void {
  let stopping = false;
  const begin = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ reason, graceMs }, 'worker is stopping');
    setTimeout(() => {
      log.error('worker did not stop in time');
      process.exit(1);
    }, graceMs + FORCED_EXIT_MS).unref();
    starting
      .then((stop) => stop(graceMs))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'worker did not stop in order');
          process.exit(1);
        },
      );
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    begin(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  onParentGone(() => begin('parent gone'));
}

async function answerHealth(config: Config): Promise<void> {
  const { healthy, message } = await checkHealth(config.dataDir);
  process.stdout.write(`${message}\n`);
  process.exitCode = healthy ? 0 : 1;
}

await main();
