import type { Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { z } from 'zod';
import { HivisError, type ErrorCode } from '../shared/errors.js';
import { fromZodError } from './errors.js';

export type ResponseDoc = {
  readonly description: string;
  /** None: the body is not JSON (see `contentTypes`) or there is none. */
  readonly schema?: z.ZodType;
  readonly contentTypes?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** A body that is not JSON and that the handler reads itself. */
export type StreamedBodyDoc = { readonly description: string; readonly contentTypes: readonly string[] };

export type HeaderDoc = { readonly name: string; readonly description: string; readonly example: string };

/** What openapi.json says about a route. */
export type RouteDoc = {
  readonly method: 'get' | 'post' | 'delete';
  /** As Express writes it: `/v1/analyses/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: readonly HeaderDoc[];
  readonly body?: z.ZodType;
  readonly streamedBody?: StreamedBodyDoc;
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  readonly errors?: readonly ErrorCode[];
};

export type Route = RouteDoc & { readonly handlers: readonly RequestHandler[] };

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
/** Keys that are left out are absent, never undefined: that is how zod parses and how `exactOptionalPropertyTypes` wants it. */
type ParsedQuery<T> = T extends z.ZodType
  ? { [K in keyof z.output<T>]: Exclude<z.output<T>[K], undefined> }
  : undefined;

export type Exchange<P, Q, B> = {
  readonly req: Request;
  readonly res: Response;
  readonly params: Parsed<P>;
  readonly query: ParsedQuery<Q>;
  readonly body: Parsed<B>;
};

type RouteSpec<P, Q, B> = Omit<RouteDoc, 'params' | 'query' | 'body'> & {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (exchange: Exchange<P, Q, B>) => Promise<void> | void;
};

const parseJson = express.json({ limit: '1mb', type: ['application/json', 'application/*+json'] });

/** A route whose documentation and whose checks are the same schemas, so that neither can go wrong alone. */
export function defineRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { handle, params, query, body, ...doc } = spec;
  const handler: RequestHandler = async (req, res) => {
    await handle({
      req,
      res,
      params: parse(params, req.params, '') as Parsed<P>,
      query: parse(query, req.query, '') as ParsedQuery<Q>,
      body: parse(body, req.body as unknown, '') as Parsed<B>,
    });
  };
  return {
    ...doc,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    handlers: body === undefined ? [handler] : [requireJson, parseJson, handler],
  };
}

function parse(schema: z.ZodType | undefined, value: unknown, prefix: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fromZodError(parsed.error, prefix);
  return parsed.data;
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (req.is(['application/json', 'application/*+json']) === false)
    throw new HivisError('unsupported_media_type', 'Send a JSON body with Content-Type: application/json.');
  next();
};
