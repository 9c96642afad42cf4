import type { Config } from '../config/config.js';
import type { Sql } from '../db/client.js';
import type { Producer } from '../queue/producer.js';
import type { Logger } from '../shared/logger.js';
import type { Storage } from '../storage/storage.js';
import type { ChangeHub } from './change-hub.js';
import type { ModelCatalog } from './models.js';
import type { QuoteSource } from './quotes.js';
import type { EventStreams } from './sse.js';

/** What route handlers work with; put together in `wiring.ts`. */
export type ApiContext = {
  readonly config: Config;
  readonly sql: Sql;
  readonly producer: Producer;
  readonly storage: Storage;
  readonly models: ModelCatalog;
  readonly hub: ChangeHub;
  readonly streams: EventStreams;
  readonly quotes: QuoteSource;
  readonly log: Logger;
};
