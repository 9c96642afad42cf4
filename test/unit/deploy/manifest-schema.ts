type Validator = { readonly prototype: { validate(this: object): void } };

/**
 * Checks a Kubernetes object against its published schema. Throws what the schema says; answers the fields that the
 * schema does not know: it lets them pass, as the cluster does, but they are misspelt or at the wrong place.
 */
export async function checkAgainstSchema(manifest: Record<string, unknown>): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw new Error('apiVersion and kind must be given');
  const library = apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  const module = (await import(`${library}/${apiVersion}/${kind}`)) as Record<string, Validator>;
  const Kind = module[kind];
  if (Kind === undefined) throw new Error(`${apiVersion} has no ${kind}`);
  const seen = new Set<string>();
  // Not on an instance: its constructor would copy, and so read, everything.
  Kind.prototype.validate.call(recordReads(manifest, '', seen));
  return listPaths(manifest, '').filter((path) => !seen.has(path));
}

/** The schemas are compiled to code that reads each property that it knows: one never read is unknown. */
function recordReads<T extends object>(value: T, prefix: string, seen: Set<string>): T {
  return new Proxy(value, {
    get: (target, key, receiver) => {
      const child: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol') return child;
      const path = `${prefix}/${key}`;
      seen.add(path);
      return typeof child === 'object' && child !== null ? recordReads(child, path, seen) : child;
    },
  });
}

function listPaths(value: unknown, prefix: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [`${prefix}/${key}`, ...listPaths(child, `${prefix}/${key}`)]);
}
