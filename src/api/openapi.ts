import { z } from 'zod';
import { HIVIS_VERSION } from '../shared/version.js';
import { PROBLEMS } from './errors.js';
import type { ResponseDoc, RouteDoc } from './route.js';
import * as schemas from './schemas.js';

type Json = Record<string, unknown>;

const COMPONENTS = {
  Analysis: schemas.analysisViewSchema,
  AnalysisList: schemas.analysisListSchema,
  AnalysisRequest: schemas.createAnalysisSchema,
  Assessment: schemas.assessmentViewSchema,
  AssessmentList: schemas.assessmentListSchema,
  AssessmentRequest: schemas.createAssessmentSchema,
  Capacity: schemas.capacitySchema,
  DeleteReceipt: schemas.deleteReceiptSchema,
  Delivery: schemas.deliveryViewSchema,
  DeliveryList: schemas.deliveryListSchema,
  DetectionPage: schemas.detectionPageSchema,
  Health: schemas.healthSchema,
  ModelList: schemas.modelListSchema,
  Problem: schemas.problemSchema,
  Quote: schemas.quoteSchema,
  Readiness: schemas.readinessSchema,
  RulesRequest: schemas.rulesRequestSchema,
  Stats: schemas.statsSchema,
  Upload: schemas.uploadViewSchema,
  ViolationList: schemas.violationListSchema,
  ZoneRequest: schemas.zoneSchema,
} as const satisfies Record<string, z.ZodType>;

const REQUESTS = new Set<string>(['AnalysisRequest', 'AssessmentRequest', 'RulesRequest', 'ZoneRequest']);

/** OpenAPI 3.1 of the routes, from the same schemas that check the requests. */
export function buildOpenApi(routes: readonly RouteDoc[], serverUrl: string | null): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hivis',
      version: HIVIS_VERSION,
      summary: 'Checks recorded video for helmets and high-visibility vests.',
      description:
        'Submit a video by URL or as an upload, follow the analysis, download the report. Errors are RFC 9457 problems; ' +
        'their `code` is stable. Times inside a video are whole milliseconds since its first frame.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl ?? '/' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    security: [{ bearer: [] }, { basic: [] }, {}],
    paths,
    components: {
      schemas: { ...componentSchemas('output', false), ...componentSchemas('input', true) },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The secret of an API key' },
        basic: { type: 'http', scheme: 'basic', description: 'For browsers: any user name, the secret as password' },
      },
    },
  };
}

function componentSchemas(io: 'input' | 'output', requests: boolean): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS))
    if (REQUESTS.has(id) === requests) registry.add(schema, { id });
  const generated = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(generated.schemas).map(([id, schema]) => [id, withoutMeta(schema)]));
}

function withoutMeta({ $schema: _dialect, $id: _id, ...schema }: Json): Json {
  return schema;
}

function schemaRef(schema: z.ZodType, io: 'input' | 'output'): Json {
  const name = Object.entries(COMPONENTS).find(([, known]) => known === schema)?.[0];
  return name === undefined ? inline(schema, io) : { $ref: `#/components/schemas/${name}` };
}

function inline(schema: z.ZodType, io: 'input' | 'output'): Json {
  return withoutMeta(z.toJSONSchema(schema, { io }));
}

function operation(route: RouteDoc): Json {
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    parameters: [
      ...parameters(route.params, 'path'),
      ...parameters(route.query, 'query'),
      ...(route.headers ?? []).map((header) => ({
        name: header.name,
        in: 'header',
        required: false,
        description: header.description,
        schema: { type: 'string' },
        example: header.example,
      })),
    ],
    ...requestBody(route),
    responses: responses(route),
  };
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
  return Object.entries(shape).map(([name, field]) => {
    const { description, ...rest } = inline(field, 'input');
    const required = place === 'path' || !field.safeParse(undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function requestBody(route: RouteDoc): Json {
  if (route.body !== undefined)
    return {
      requestBody: { required: true, content: { 'application/json': { schema: schemaRef(route.body, 'input') } } },
    };
  if (route.streamedBody === undefined) return {};
  const { description, contentTypes } = route.streamedBody;
  const content = Object.fromEntries(contentTypes.map((type) => [type, { schema: streamedSchema(type) }]));
  return { requestBody: { required: true, description, content } };
}

function streamedSchema(contentType: string): Json {
  if (contentType !== 'multipart/form-data') return { type: 'string', format: 'binary' };
  return { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } };
}

function responses(route: RouteDoc): Json {
  const documented: Record<string, Json> = Object.fromEntries(
    Object.entries(route.responses).map(([status, doc]) => [status, response(doc)]),
  );
  const problems = new Map<number, string[]>();
  for (const code of route.errors ?? []) {
    const { status } = PROBLEMS[code];
    problems.set(status, [...(problems.get(status) ?? []), code]);
  }
  for (const [status, codes] of problems) documented[String(status)] ??= problemResponse(codes.join(', '));
  documented['default'] = problemResponse('Any other problem');
  return documented;
}

function problemResponse(description: string): Json {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description, content: { 'application/problem+json': { schema } } };
}

function response(doc: ResponseDoc): Json {
  const headers = Object.entries(doc.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  const types = doc.schema === undefined ? (doc.contentTypes ?? []) : ['application/json'];
  const content = types.map((type) => [
    type,
    { schema: doc.schema ? schemaRef(doc.schema, 'output') : rawSchema(type) },
  ]);
  return {
    description: doc.description,
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) as Json }),
    ...(content.length === 0 ? {} : { content: Object.fromEntries(content) as Json }),
  };
}

function rawSchema(contentType: string): Json {
  if (contentType === 'application/json') return { type: 'object' };
  return contentType.startsWith('text/') ? { type: 'string' } : { type: 'string', format: 'binary' };
}
