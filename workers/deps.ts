import type { Config } from '../src/config/config.js';
import type { Sql } from '../src/db/client.js';
import type { MediaTools } from '../src/media/tools.js';
import type { Producer } from '../src/queue/producer.js';
import type { Logger } from '../src/shared/logger.js';
import type { SourceCache } from '../src/storage/source-cache.js';
import type { Storage } from '../src/storage/storage.js';
import type { Cancellations } from './cancellations.js';
import type { Meters } from './meters.js';
import type { Models } from './models.js';
import type { WorkFolders } from './work-folders.js';

/** What job handlers are given; made in `wiring.ts`. */
export type JobDeps = {
  readonly config: Config;
  readonly sql: Sql;
  readonly producer: Producer;
  readonly storage: Storage;
  readonly sourceCache: SourceCache;
  readonly tools: MediaTools;
  readonly models: Models;
  readonly cancellations: Cancellations;
  readonly workFolders: WorkFolders;
  readonly meters: Meters;
  readonly workerId: string;
  readonly log: Logger;
};
