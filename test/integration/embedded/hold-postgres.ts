/** Starts an embedded Postgres on a folder, tells of it on stdout and stays until it is killed. */
import { startEmbeddedPostgres } from '../../../src/embedded/embedded-postgres.js';
import { toHivisError } from '../../../src/shared/errors.js';
import { createLogger } from '../../../src/shared/logger.js';

const [dataDir = ''] = process.argv.slice(2);
process.on('SIGINT', () => undefined);
setInterval(() => undefined, 60_000);
try {
  const logger = createLogger({ level: 'silent', name: 'test' });
  const { url, pid } = await startEmbeddedPostgres({ dataDir, logger, settings: { fsync: 'off' } });
  console.log(JSON.stringify({ url, pid }));
} catch (thrown) {
  const { code, message } = toHivisError(thrown);
  console.log(JSON.stringify({ code, message }));
  process.exit(1);
}
