import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Answer } from './answer.js';

type Operation = {
  readonly operationId: string;
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
};
export type OpenApiDocument = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

export type ResponseChecker = {
  readonly document: OpenApiDocument;
  /** Operations and statuses that were answered: `getAnalysis 200`. */
  readonly seen: ReadonlySet<string>;
  /** What an answer has that openapi.json does not promise. */
  check(method: string, route: string, answer: Pick<Answer, 'status' | 'headers' | 'json'>): string[];
};

export function createResponseChecker(json: unknown): ResponseChecker {
  const document = json as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'https://hivis.test/openapi.json' });
  const seen = new Set<string>();

  const check: ResponseChecker['check'] = (method, route, answer) => {
    const path = findPath(document, route.split('?')[0] ?? '');
    const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
    // Refusals before a route is found: wrong addresses and methods.
    if (operation === undefined) return answer.status >= 400 ? [] : [`${method} ${route} is not documented`];
    const known =
      operation.responses[String(answer.status)] ?? (answer.status >= 400 ? operation.responses['default'] : undefined);
    if (known === undefined) return [`${operation.operationId} does not document ${answer.status}`];
    seen.add(`${operation.operationId} ${answer.status}`);
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const content = known.content ?? {};
    if (type === '' && Object.keys(content).length === 0) return [];
    const media = content[type];
    if (media === undefined) return [`${operation.operationId} ${answer.status} does not document ${type}`];
    if (!type.endsWith('json')) return [];
    return validate(ajv, media.schema, answer.json);
  };
  return { document, seen, check };
}

function findPath(document: OpenApiDocument, route: string): string | undefined {
  return Object.keys(document.paths).find((template) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(route),
  );
}

/** Compiling a schema takes far longer than using it. */
const compiled = new Map<string, ValidateFunction>();

function validate(ajv: Ajv2020, schema: object, json: unknown): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"https://hivis.test/openapi.json#/components');
  const check = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
  compiled.set(text, check);
  if (check(json)) return [];
  return (check.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}
