import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { startTestApi, type TestApi } from './api-server.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.stop());

type Layer = {
  readonly route?: { readonly path: unknown; readonly stack: readonly { readonly method?: string }[] };
  readonly handle?: { readonly stack?: readonly Layer[] };
};

/** Every address that the running application knows, as Express keeps them. */
function registeredRoutes(): { method: string; path: string }[] {
  const walk = (layers: readonly Layer[]): { method: string; path: string }[] =>
    layers.flatMap(({ route, handle }) => {
      if (route === undefined) return walk(handle?.stack ?? []);
      const { path } = route;
      if (typeof path !== 'string') return [];
      return route.stack.flatMap(({ method }) => (method === undefined ? [] : [{ method, path }]));
    });
  const listeners = test.api.server.listeners('request') as { router?: { stack: readonly Layer[] } }[];
  return walk(listeners.find((listener) => listener.router !== undefined)?.router?.stack ?? []);
}

describe('openapi.json', () => {
  it('documents every route', () => {
    const routes = registeredRoutes().filter(({ path }) => /^\/(v1|healthz|readyz|stats|metrics)/.test(path));
    expect(routes.length).toBeGreaterThan(25);
    for (const { method, path } of routes) {
      const template = path.replace(/:(\w+)/g, '{$1}');
      expect(test.checker.document.paths[template]?.[method], `${method} ${path}`).toBeDefined();
    }
  });

  it('names parameters of paths, and every operation once', () => {
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(test.checker.document.paths))
      for (const operation of Object.values(methods)) {
        expect(ids.has(operation.operationId)).toBe(false);
        ids.add(operation.operationId);
        const declared = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect(declared.toSorted()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).toSorted());
      }
  });

  it('holds valid schemas, and references that lead somewhere', () => {
    const { document } = test.checker;
    expect(document.openapi).toBe('3.1.0');
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas, name).toHaveProperty(name);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'https://hivis.test/document.json' });
    for (const name of Object.keys(document.components.schemas))
      expect(() => ajv.compile({ $ref: `https://hivis.test/document.json#/components/schemas/${name}` })).not.toThrow();
  });

  it('describes requests as they are checked', () => {
    const request = test.checker.document.components.schemas['AnalysisRequest'];
    expect(request).toMatchObject({
      additionalProperties: false,
      properties: {
        everyNFrames: { type: 'integer', minimum: 1 },
        rules: { $ref: '#/components/schemas/RulesRequest' },
      },
    });
  });
});
