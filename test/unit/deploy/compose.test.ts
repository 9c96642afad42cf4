import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { envSchema } from '../../../src/config/schema.js';

type Service = {
  image: string;
  environment?: Record<string, string>;
  secrets?: string[];
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
};

const FOLDER = new URL('../../../compose/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');
const composeFiles = readdirSync(FOLDER).filter((name) => /^compose\..*yaml$/.test(name));
const stack = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
};

/** Of the deployment, not of hivis. */
const DEPLOYMENT = [
  ...['HIVIS_API_IMAGE', 'HIVIS_WORKER_IMAGE', 'HIVIS_WEB_IMAGE', 'HIVIS_MODEL_IMAGE'],
  ...['BUILD_NETWORK', 'SECRETS_DIR', 'WEB_BIND', 'WEB_PORT', 'DEV_USER', 'PROMETHEUS_PORT', 'GRAFANA_PORT'],
];

const interpolated = [
  ...new Set(
    composeFiles.flatMap((file) => [...read(file).matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name ?? '')),
  ),
].sort();

describe('compose', () => {
  it('lists exactly the variables that can be set in .env.example, with the meaning that hivis gives them', () => {
    const lines = read('.env.example').split('\n');
    const listed = lines.flatMap((line, at) => {
      const name = /^#([A-Z0-9_]+)=/.exec(line)?.[1];
      return name === undefined ? [] : [{ name, comment: (lines[at - 1] ?? '').replace(/^# /, '') }];
    });
    expect(listed.map(({ name }) => name).sort()).toEqual(interpolated);
    const fields = envSchema.shape as Record<string, { description?: string | undefined }>;
    for (const { name, comment } of listed)
      if (!DEPLOYMENT.includes(name)) expect(comment, name).toBe(fields[name]?.description);
  });

  it('hands hivis only variables that it knows', () => {
    const names = ['migrate', 'api', 'worker'].flatMap((name) => Object.keys(stack.services[name]?.environment ?? {}));
    expect(names.map((name) => name.replace(/_FILE$/, '')).filter((name) => !(name in envSchema.shape))).toEqual([]);
    expect(interpolated.filter((name) => !(name in envSchema.shape) && !DEPLOYMENT.includes(name))).toEqual([]);
  });

  it('has a secret file for everything that it reads from /run/secrets', () => {
    for (const [name, { environment = {}, secrets = [] }] of Object.entries(stack.services))
      for (const [variable, value] of Object.entries(environment))
        if (variable.endsWith('_FILE'))
          expect(secrets, `${name}: ${variable}`).toContain(value.replace('/run/secrets/', ''));
    const made = read('make-secrets.sh');
    for (const name of Object.keys(stack.secrets)) expect(made, name).toMatch(new RegExp(`^make ${name} `, 'm'));
  });

  it('publishes web alone, and locks everything of ours down', () => {
    const published = Object.entries(stack.services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).toEqual(['web']);
    for (const name of ['model', 'migrate', 'api', 'worker', 'web']) {
      const service = stack.services[name];
      expect(service?.read_only, name).toBe(true);
      expect(service?.cap_drop, name).toEqual(['ALL']);
      expect(service?.security_opt, name).toEqual(['no-new-privileges:true']);
    }
    for (const name of ['postgres', 'redis', 'api', 'worker', 'web'])
      expect(stack.services[name]?.mem_limit, name).toMatch(/^\d+[mg]$/);
  });
});
