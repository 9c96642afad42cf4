import type { Response } from 'express';
import { z } from 'zod';
import { HivisError } from '../../shared/errors.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Route } from '../route.js';
import { quoteIdSchema, quoteSchema, type Quote } from '../schemas.js';

export function quoteRoutes(context: ApiContext): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/quotes/:id',
      operationId: 'getQuote',
      summary: 'The answer of a dry run that took longer',
      tag: 'analyses',
      params: z.strictObject({ id: quoteIdSchema }),
      responses: { 200: { description: 'The quote', schema: quoteSchema } },
      errors: ['invalid_request', 'unauthorized', 'quote_not_found'],
      handle: async ({ res, params }) => {
        const quote = await context.quotes.find(params.id);
        if (quote === undefined) throw new HivisError('quote_not_found', `There is no quote ${params.id} (any more).`);
        res.json(quote satisfies Quote);
      },
    }),
  ];
}

/** 200 when it is there, 202 and where to ask when it is not yet. */
export function sendQuote(res: Response, quote: Quote): void {
  if (quote.status === 'pending' && quote.id !== null) res.status(202).location(`/v1/quotes/${quote.id}`);
  res.json(quote);
}
