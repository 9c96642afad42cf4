import type { Request, Response } from 'express';
import { HivisError } from '../../shared/errors.js';
import { findAnalysisView } from '../analysis-view.js';
import type { Change } from '../change-hub.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Route } from '../route.js';
import { isTerminal, type AnalysisView } from '../schemas.js';
import type { EventStream } from '../sse.js';
import { analysisParamsSchema } from './analyses.js';

const STREAM = { contentTypes: ['text/event-stream'] };

/** Server-sent events: `analysis` with the whole view, `deleted` with an id, `end` when nothing will follow. */
export function eventRoutes(context: ApiContext): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/analyses/:id/events',
      operationId: 'watchAnalysis',
      summary: 'Follow an analysis',
      description:
        'Begins with the current state; changes come at most four times a second; ends after a final state with `end`. ' +
        'A client that comes back after that end gets 204, which tells an EventSource to stop.',
      tag: 'events',
      params: analysisParamsSchema,
      headers: [{ name: 'Last-Event-ID', description: 'Sent by a client that comes back', example: 'completed-1' }],
      responses: {
        200: { description: 'Events `analysis`, `deleted` and `end`', ...STREAM },
        204: { description: 'The client has seen the final state already' },
      },
      errors: ['invalid_request', 'unauthorized', 'analysis_not_found'],
      handle: async ({ req, res, params }) => {
        await watchOne(context, req, res, params.id);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/events',
      operationId: 'watchAnalyses',
      summary: 'Follow all analyses',
      description: 'Every change from now on. Read the list after opening the stream.',
      tag: 'events',
      responses: { 200: { description: 'Events `analysis` and `deleted`', ...STREAM } },
      errors: ['unauthorized'],
      handle: ({ req, res }) => {
        watchAll(context, req, res);
      },
    }),
  ];
}

async function watchOne(context: ApiContext, req: Request, res: Response, analysisId: string): Promise<void> {
  const view = await findAnalysisView(context.sql, analysisId);
  if (view === undefined) throw new HivisError('analysis_not_found', `There is no analysis ${analysisId}.`);
  if (isTerminal(view.status) && req.headers['last-event-id'] === eventId(view)) {
    res.status(204).end();
    return;
  }
  const sent: { json?: string } = {};
  const stream: EventStream = context.streams.open(req, res, () => {
    unsubscribe();
  });
  const onChange = (change: Change): void => {
    if (change.kind === 'deleted') {
      stream.send({ event: 'deleted', data: { id: change.analysisId } });
      stream.end();
      return;
    }
    const json = JSON.stringify(change.view);
    if (json !== sent.json) stream.send({ event: 'analysis', id: eventId(change.view), data: change.view });
    sent.json = json;
    if (!isTerminal(change.view.status)) return;
    stream.send({ event: 'end', id: eventId(change.view), data: { status: change.view.status } });
    stream.end();
  };
  // Subscribed before the first event, so that nothing between the two is lost.
  const unsubscribe = context.hub.subscribe({ analysisId, onChange });
  onChange({ kind: 'changed', view });
  context.hub.notify(analysisId);
}

function watchAll(context: ApiContext, req: Request, res: Response): void {
  const stream = context.streams.open(req, res, () => {
    unsubscribe();
  });
  const unsubscribe = context.hub.subscribe({
    analysisId: null,
    onChange: (change) => {
      if (change.kind === 'deleted') stream.send({ event: 'deleted', data: { id: change.analysisId } });
      else stream.send({ event: 'analysis', id: eventId(change.view), data: change.view });
    },
  });
}

/** Names a state, not a position: whoever comes back gets the current state, or nothing when it is the same final one. */
function eventId(view: AnalysisView): string {
  return `${view.status}-${view.run}-${Date.parse(view.updatedAt)}`;
}
