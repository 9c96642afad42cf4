import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AnalysisView, Stats } from '../../src/api/schemas.js';
import { waitFor } from '../support/wait-for.js';
import { expect, expectEqual, type Checklist } from './checklist.js';
import { ROOT, type Engine } from './engine.js';
import { ok, type Stack } from './stack.js';

export const NAME = 'site-demo';
/** Every frame at a larger size: enough work to scale and kill meanwhile. */
export const HEAVY = { everyNFrames: 1, imageSize: 640 } as const;
const VIDEO_URL = 'http://videos:8000/site-demo.mp4';
const REPORT_TIMEOUT_MS = 120_000;

/** Reports of the embedded stack, without ids and clock times, at default settings and at `HEAVY`. */
export type References = { readonly light: unknown; readonly heavy: unknown };

/** What the stack does for one user, through `web`. */
export async function checkAnalyses(
  stack: Stack,
  checklist: Checklist,
  references: References,
): Promise<string | undefined> {
  let kept: string | undefined;
  await checklist.check('a URL submitted through web becomes a report like the embedded one', async () => {
    const { id } = await stack.submit({ videoUrl: VIDEO_URL, name: NAME });
    const events = await readEvents(stack, id);
    expect(events.includes('event: end'), `the event stream broke off:\n${events.slice(-300)}`);
    const view = await stack.completed(id, REPORT_TIMEOUT_MS);
    expectEqual(withoutUrl(await stack.report(id)), withoutUrl(references.light), 'report');
    kept = id;
    return `${view.summary?.violations ?? 0} violations, ${events.split('event: analysis').length - 1} events followed`;
  });
  await checklist.check('an uploaded file becomes the very same report', async () => {
    const body = readFileSync(path.join(ROOT, 'samples/site-demo.mp4'));
    const headers = { 'content-type': 'application/octet-stream' };
    const upload = await ok(await stack.fetch('/v1/uploads?fileName=site-demo.mp4', { method: 'POST', headers, body }));
    const { id } = await stack.submit({ uploadId: ((await upload.json()) as { id: string }).id, name: NAME });
    await stack.completed(id, REPORT_TIMEOUT_MS);
    expectEqual(await stack.report(id), references.light, 'report');
    return undefined;
  });
  if (kept !== undefined) await checkFiles(stack, checklist, kept);
  return kept;
}

async function checkFiles(stack: Stack, checklist: Checklist, id: string): Promise<void> {
  await checklist.check('video in ranges, PDF and evidence come through web', async () => {
    const part = await ok(await stack.fetch(`/v1/analyses/${id}/video`, { headers: { range: 'bytes=100-199' } }));
    expectEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 100], 'range');
    const pdf = Buffer.from(await (await ok(await stack.fetch(`/v1/analyses/${id}/report.pdf`))).arrayBuffer());
    expectEqual(pdf.subarray(0, 5).toString(), '%PDF-', 'PDF');
    const still = await ok(await stack.fetch(`/v1/analyses/${id}/violations/1/evidence.jpg`));
    expectEqual(still.headers.get('content-type'), 'image/jpeg', 'evidence');
    return undefined;
  });
}

/** The event stream as text until the server ends it. */
async function readEvents(stack: Stack, id: string): Promise<string> {
  const signal = AbortSignal.timeout(REPORT_TIMEOUT_MS);
  return (await ok(await stack.fetch(`/v1/analyses/${id}/events`, { signal }))).text();
}

export function withoutUrl(report: unknown): unknown {
  const { source, ...rest } = report as { source: object };
  return { ...rest, source: { ...source, url: null } };
}

/** The front door: headers, compressed pages, who may in. */
export async function checkFrontDoor(stack: Stack, checklist: Checklist): Promise<void> {
  await checklist.check('the page has its security headers and compressed scripts', async () => {
    const page = await ok(await stack.fetch('/', { anonymous: true }));
    for (const [name, pattern] of HEADERS) {
      const value = page.headers.get(name) ?? '';
      expect(pattern.test(value), `${name} is "${value}"`);
    }
    const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? 'no script in the page';
    for (const encoding of ['br', 'gzip']) {
      const asset = await ok(await stack.fetch(script, { anonymous: true, headers: { 'accept-encoding': encoding } }));
      expectEqual(asset.headers.get('content-encoding'), encoding, `${script} for ${encoding}`);
      expect((await asset.text()).length > 10_000, `${script} cannot be unpacked from ${encoding}`);
    }
    return undefined;
  });
  await checklist.check('nothing but web is open, and web asks for the key', async () => {
    const statuses = async (anonymous: boolean): Promise<number[]> => {
      const paths = ['/v1/analyses', '/admin/queues', '/stats', '/metrics'];
      return Promise.all(paths.map(async (name) => (await stack.fetch(name, { anonymous })).status));
    };
    // /metrics is for the inside: web shows the page there.
    expectEqual(await statuses(true), [401, 401, 200, 200], 'without key');
    expectEqual(await statuses(false), [200, 200, 200, 200], 'with key');
    const published = (await stack.compose('ps')).split('\n').filter((line) => line.includes('->'));
    expect(
      published.length === 1 && /127\.0\.0\.1:\d+->8080/.test(published[0] ?? ''),
      `published: ${published.join('; ')}`,
    );
    return undefined;
  });
}

const HEADERS: readonly (readonly [string, RegExp])[] = [
  ['content-security-policy', /default-src 'self'.*object-src 'none'/],
  ['x-content-type-options', /^nosniff$/],
  ['x-frame-options', /^SAMEORIGIN$/],
  ['referrer-policy', /^no-referrer$/],
];

/** Three heavy analyses while workers come, go and die. */
export async function checkScaling(
  engine: Engine,
  stack: Stack,
  checklist: Checklist,
  references: References,
): Promise<void> {
  await checklist.check(
    '2 → 4 workers, one killed, → 1 worker in a run: the reports are those of an undisturbed run',
    async () => {
      const views = await Promise.all([1, 2, 3].map(() => stack.submit({ videoUrl: VIDEO_URL, name: NAME, ...HEAVY })));
      const ids = views.map(({ id }) => id);
      await waitFor(async () => (await Promise.all(ids.map((id) => stack.view(id)))).some(isAnalyzing), {
        timeoutMs: 60_000,
        what: 'the first frames',
      });
      await stack.compose('up', '-d', '--no-build', '--no-recreate', '--scale', 'worker=4', 'worker');
      await waitFor(async () => (await readStats(stack)).workers >= 4, { timeoutMs: 60_000, what: 'four workers' });
      const [victim = ''] = await stack.containers('worker');
      await engine.docker(['kill', '--signal', 'KILL', victim]);
      const unfinished = (await Promise.all(ids.map((id) => stack.view(id)))).filter(
        ({ finishedAt }) => finishedAt === null,
      ).length;
      await stack.compose('up', '-d', '--no-build', '--no-recreate', '--scale', 'worker=1', 'worker');
      for (const id of ids) await stack.completed(id, 180_000);
      for (const id of ids) expectEqual(withoutUrl(await stack.report(id)), withoutUrl(references.heavy), 'report');
      expect(unfinished > 0, 'all was done before a worker could be killed: give the test more work');
      return `${unfinished} of 3 were unfinished when the worker was killed`;
    },
  );
}

function isAnalyzing({ progress }: AnalysisView): boolean {
  return progress.framesDone > 0;
}

async function readStats(stack: Stack): Promise<Stats> {
  return (await ok(await stack.fetch('/stats'))).json() as Promise<Stats>;
}

/** All containers are thrown away and made anew: what counts lies in the volumes. */
export async function checkRestart(stack: Stack, checklist: Checklist, id: string): Promise<void> {
  await checklist.check('the whole stack, thrown away and started again, still has everything', async () => {
    const read = async (name: string): Promise<string> =>
      (await ok(await stack.fetch(`/v1/analyses/${id}/${name}`))).text();
    const before = await read('report.json');
    await stack.compose('down', '-t', '30');
    await stack.up(2);
    expectEqual(await read('report.json'), before, 'report.json');
    expect((await read('report.csv')).length > 100, 'report.csv');
    const { id: next } = await stack.submit({ videoUrl: VIDEO_URL, name: NAME });
    await stack.completed(next, REPORT_TIMEOUT_MS);
    return undefined;
  });
}

/** Read-only roots, one process that reaps, and an orderly end on SIGTERM. */
export async function checkContainers(engine: Engine, stack: Stack, checklist: Checklist): Promise<void> {
  await checklist.check('api, worker and web run on a read-only root, without rights', async () => {
    for (const service of ['api', 'worker', 'web']) {
      const [id = ''] = await stack.containers(service);
      const host = await engine.docker([
        'inspect',
        '--format',
        '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}}',
        id,
      ]);
      expect(/^true \[ALL\] [1-9]/.test(host), `${service}: ${host}`);
      const write = await engine.tryDocker(['exec', id, 'sh', '-c', 'echo x >/usr/x 2>&1']);
      expect(write.exitCode !== 0, `${service} can write to its root`);
    }
    return undefined;
  });
  await checklist.check('SIGTERM ends api and worker in order within seconds', async () => {
    for (const service of ['api', 'worker']) {
      const [id = ''] = await stack.containers(service);
      const init = await engine.docker(['exec', id, 'cat', '/proc/1/comm']);
      expect(/tini|docker-init/.test(init), `${service}: process 1 is ${init}`);
      await engine.docker(['stop', '-t', '25', id]);
      expectEqual(
        await engine.docker(['inspect', '--format', '{{.State.ExitCode}}', id]),
        '0',
        `${service}: exit code`,
      );
      await engine.docker(['start', id]);
    }
    await waitFor(async () => (await stack.fetch('/readyz').catch(() => undefined))?.ok, {
      timeoutMs: 60_000,
      what: 'the API again',
    });
    return undefined;
  });
}
