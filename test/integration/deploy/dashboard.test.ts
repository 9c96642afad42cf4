import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startTestApi, type TestApi } from '../api/api-server.js';

type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] };

const MONITORING = new URL('../../../compose/monitoring/', import.meta.url);
const KEY = 'dashboard-test-secret';
let test: TestApi;

beforeAll(async () => {
  test = await startTestApi({ env: { API_KEYS: `prometheus:${KEY}` } });
});
afterAll(() => test.stop());

describe('the Grafana dashboard', () => {
  it('asks only for metrics that /metrics has, by labels that they have', async () => {
    const dashboard = JSON.parse(readFileSync(new URL('grafana/hivis.json', MONITORING), 'utf8')) as Dashboard;
    const authorization = { authorization: `Bearer ${KEY}` };
    // A request must have been counted before its duration is there.
    await fetch(`${test.url}/v1/models`, { headers: authorization });
    const page = await (await fetch(`${test.url}/metrics`, { headers: authorization })).text();
    const known = new Set(
      [...page.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) => namesOf(name, type)),
    );
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const used = new Set(expressions.flatMap((expr) => expr.match(/\b(hivis|process|nodejs)_\w+/g) ?? []));
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
    for (const [, name = '', label = ''] of expressions.join('\n').matchAll(/(hivis_\w+)\{(\w+)=/g))
      expect(page, `${name} by ${label}`).toMatch(new RegExp(`^${name}\\{[^}]*\\b${label}="`, 'm'));
  });

  it('is fed by a scrape configuration that points at the API', () => {
    const config = parse(readFileSync(new URL('prometheus.yml', MONITORING), 'utf8')) as {
      scrape_configs: { metrics_path: string; authorization: { credentials_file: string } }[];
    };
    expect(config.scrape_configs[0]).toMatchObject({
      metrics_path: '/metrics',
      authorization: { credentials_file: '/run/secrets/metrics_api_key' },
    });
  });
});

/** A histogram is asked for by its parts. */
function namesOf(name: string, type: string | undefined): string[] {
  return type === 'histogram' ? ['_bucket', '_count', '_sum'].map((part) => name + part) : [name];
}
