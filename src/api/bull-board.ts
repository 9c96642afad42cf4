import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Router, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { JobQueue } from '../queue/backend.js';
import { HivisError } from '../shared/errors.js';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ingest: 'Fetch, check and plan a video',
  segments: 'Decode a stretch of a video and detect',
  reports: 'Track, judge, make stills and the report',
  deliveries: 'Webhooks',
  maintenance: 'Compare the database with the queue',
};

/**
 * Bull Board, for looking only: states live in Postgres, so a job that is retried or removed here would be put back by
 * the reconciler. Analyses are cancelled, retried and deleted over the API.
 */
export function createBullBoardRouter(queues: Iterable<JobQueue>, mountPath: string): Router {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(mountPath);
  createBullBoard({
    queues: [...queues].map(
      (queue) =>
        new BullMQAdapter(queue, { readOnlyMode: true, description: DESCRIPTIONS[queue.name] ?? '', delimiter: '' }),
    ),
    serverAdapter,
    options: {
      uiConfig: { boardTitle: 'hivis queues', hideRedisDetails: true, miscLinks: [{ text: 'hivis', url: '/' }] },
    },
  });
  const router = Router();
  router.use(refuseWrites, contentPolicy, serverAdapter.getRouter() as RequestHandler);
  return router;
}

const refuseWrites: RequestHandler = (req, res, next) => {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('Allow', 'GET, HEAD');
    throw new HivisError(
      'method_not_allowed',
      'The queues can only be looked at here. Use the API to cancel or retry.',
    );
  }
  next();
};

/** The page styles itself inline. Its web font is left out: an admin page should call nobody. */
const contentPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    frameAncestors: ["'self'"],
  },
});
