import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { statsSchema } from '../../../src/api/schemas.js';
import { loadConfig } from '../../../src/config/config.js';
import { envSchema } from '../../../src/config/schema.js';
import { checkAgainstSchema } from './manifest-schema.js';

type Container = {
  name: string;
  image: string;
  env?: { name: string; value: string }[];
  securityContext: {
    readOnlyRootFilesystem: boolean;
    allowPrivilegeEscalation: boolean;
    capabilities: { drop: string[] };
  };
  resources: { limits: { memory: string } };
};
type Pod = { securityContext: { runAsNonRoot: boolean }; containers: Container[]; initContainers?: Container[] };
type Template = { metadata: { labels: Record<string, string> }; spec: Pod };
type Manifest = Record<string, unknown> & {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec?: Record<string, unknown> & { selector?: { matchLabels: Record<string, string> }; template?: Template };
};

const FOLDER = new URL('../../../compose/kubernetes/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(file, FOLDER), 'utf8')).map((document) => ({
    file,
    manifest: document.toJS() as Manifest,
  })),
);
const kustomization = parse(readFileSync(new URL('kustomization.yaml', FOLDER), 'utf8')) as {
  resources: string[];
  images: { name: string }[];
};
const workloads = manifests.flatMap(({ manifest }) => {
  const template = manifest.spec?.template;
  return template === undefined ? [] : [{ name: manifest.metadata.name, manifest, template }];
});

describe('compose/kubernetes', () => {
  it.each(
    manifests.map(({ file, manifest }) => [`${file}: ${manifest.kind} ${manifest.metadata.name}`, manifest] as const),
  )('%s fits its schema', async (_title, manifest) => {
    expect(await checkAgainstSchema(manifest)).toEqual([]);
  });

  it('would notice wrong and misspelt fields', async () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } };
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { spec: { containers: [{ name: 'c', imagee: 'i' }] } },
    };
    await expect(checkAgainstSchema({ ...deployment, spec: { ...spec, replicas: 'two' } })).rejects.toThrow(/replicas/);
    expect(await checkAgainstSchema({ ...deployment, spec })).toEqual(['/spec/template/spec/containers/0/imagee']);
  });

  it('is complete: the kustomization names every file and every image', () => {
    expect([...kustomization.resources].sort()).toEqual([...files].sort());
    const used = workloads.flatMap(({ template: { spec } }) =>
      [...spec.containers, ...(spec.initContainers ?? [])].map(({ image }) => image),
    );
    expect(kustomization.images.map(({ name }) => name).sort()).toEqual([...new Set(used)].sort());
  });

  it.each(workloads.map((workload) => [workload.name, workload] as const))('%s is locked down', (_name, workload) => {
    const { spec, metadata } = workload.template;
    expect(spec.securityContext.runAsNonRoot).toBe(true);
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources.limits.memory).toMatch(/^\d+(Mi|Gi)$/);
    }
    const selector = workload.manifest.spec?.selector?.matchLabels ?? {};
    expect(metadata.labels).toMatchObject(selector);
  });

  it('sets only what hivis knows, to values that it takes', () => {
    const config = manifests.find(({ manifest }) => manifest.kind === 'ConfigMap')?.manifest.data ?? {};
    expect(() => loadConfig(config)).not.toThrow();
    const own = workloads.filter(({ name }) => name !== 'hivis-web');
    const env = own.flatMap(({ template }) => template.spec.containers.flatMap((container) => container.env ?? []));
    const names = [...Object.keys(config), ...env.map(({ name }) => name)];
    expect(names.filter((name) => !(name in envSchema.shape))).toEqual([]);
    for (const { name, value } of env) expect(() => loadConfig({ [name]: value })).not.toThrow();
  });

  it('scales by a figure that /stats has', () => {
    const scaler = manifests.find(({ manifest }) => manifest.kind === 'ScaledObject')?.manifest.spec as {
      scaleTargetRef: { name: string };
      triggers: { metadata: { valueLocation: string; url: string } }[];
    };
    const { valueLocation, url } = scaler.triggers[0]?.metadata ?? { valueLocation: '', url: '' };
    const counts = { waiting: 3, active: 0, delayed: 0, waitingChildren: 0, failed: 0, completed: 0 };
    const names = ['ingest', 'segments', 'reports', 'deliveries', 'quotes', 'maintenance'];
    const queue = Object.fromEntries(names.map((name) => [name, counts]));
    const stats: unknown = statsSchema.parse({ version: '1', uptimeSeconds: 1, workers: 0, analyses: {}, queue });
    const value = valueLocation.split('.').reduce((at: unknown, key) => (at as Record<string, unknown>)[key], stats);
    expect(value).toBe(3);
    expect(new URL(url).pathname).toBe('/stats');
    expect(workloads.map(({ name }) => name)).toContain(scaler.scaleTargetRef.name);
  });
});
