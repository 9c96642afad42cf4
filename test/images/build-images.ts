import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, type Checklist } from './checklist.js';
import { ROOT, type Engine } from './engine.js';
import { IMAGES, MAX_BUILD_SECONDS, MAX_CACHED_BUILD_SECONDS, MAX_STACK_BYTES, tagOf, type Image } from './images.js';
import type { ImageFigures } from './results.js';

export type BuildOptions = { readonly withoutCache: boolean };

/** Builds every image, measures time and size. Returns the figures of those that could be built. */
export async function buildImages(
  engine: Engine,
  checklist: Checklist,
  options: BuildOptions,
): Promise<Map<Image['name'], ImageFigures>> {
  const figures = new Map<Image['name'], ImageFigures>();
  for (const image of IMAGES) {
    await checklist.check(`${image.name} builds`, async () => {
      const first = await build(engine, image, options.withoutCache);
      const cached = await build(engine, image, false);
      const bytes = await sizeOf(engine, tagOf(image.name));
      const baseBytes = await sizeOf(engine, image.base);
      const loadAverage = os.loadavg()[0] ?? 0;
      figures.set(image.name, {
        ...{ bytes, baseBytes, loadAverage, cachedBuildSeconds: cached },
        ...(options.withoutCache ? { buildSeconds: first } : {}),
      });
      expect(
        !options.withoutCache || first < MAX_BUILD_SECONDS * patience(),
        `took ${first.toFixed(0)} s without cache`,
      );
      expect(cached < MAX_CACHED_BUILD_SECONDS * patience(), `took ${cached.toFixed(1)} s with cache`);
      return `${first.toFixed(1)} s, again from cache ${cached.toFixed(1)} s, load ${loadAverage.toFixed(1)}`;
    });
  }
  await checkSizes(checklist, figures);
  return figures;
}

/** Limits hold for a machine that does nothing else; on a busy one times stretch with the load. */
export function patience(): number {
  return Math.max(1, (os.loadavg()[0] ?? 0) / os.cpus().length);
}

async function checkSizes(checklist: Checklist, figures: ReadonlyMap<Image['name'], ImageFigures>): Promise<void> {
  for (const { name, maxBytes, maxAddedBytes } of IMAGES) {
    const measured = figures.get(name);
    if (measured === undefined) continue;
    await checklist.check(`${name} is small`, () => {
      const added = measured.bytes - measured.baseBytes;
      expect(measured.bytes <= (maxBytes ?? Infinity), `${megabytes(measured.bytes)} in all`);
      expect(added <= (maxAddedBytes ?? Infinity), `${megabytes(added)} on top of its base`);
      return `${megabytes(measured.bytes)}, of which ${megabytes(added)} are ours`;
    });
  }
  await checklist.check('all four of the stack together are small', () => {
    const stack = IMAGES.filter(({ name }) => name !== 'all-in-one');
    const total = stack.reduce((sum, { name }) => sum + (figures.get(name)?.bytes ?? Infinity), 0);
    expect(total < MAX_STACK_BYTES, megabytes(total));
    return megabytes(total);
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function build(engine: Engine, image: Image, withoutCache: boolean): Promise<number> {
  const startedMs = performance.now();
  await engine.docker(
    buildArguments(engine, image.name, [...(withoutCache ? ['--no-cache'] : []), '-t', tagOf(image.name)], '.'),
  );
  return (performance.now() - startedMs) / 1000;
}

function buildArguments(engine: Engine, name: string, extra: readonly string[], context: string): string[] {
  const network = engine.isLab ? ['--network=host'] : [];
  const labels = ['--build-arg', 'VERSION=0.0.0-test', '--build-arg', 'REVISION=test', '--build-arg', 'SOURCE=test'];
  return [
    'build',
    '-q',
    ...network,
    ...labels,
    '-f',
    path.join(context, `dockerfiles/${name}.Dockerfile`),
    ...extra,
    context,
  ];
}

async function sizeOf(engine: Engine, tag: string): Promise<number> {
  return Number(await engine.docker(['image', 'inspect', '--format', '{{.Size}}', tag]));
}

/** A model file that is not what the manifest says must end the build of the model image. */
export async function checkBrokenModels(engine: Engine, checklist: Checklist): Promise<void> {
  const cases: readonly (readonly [string, RegExp, (file: string) => void])[] = [
    ['a changed byte', /SHA-256/, flipByte],
    ['a cut-off file', /bytes, manifest\.json says/, (file) => truncateSync(file, 1_000_000)],
    ['a missing file', /does not exist/, (file) => rmSync(file)],
  ];
  for (const [title, message, damage] of cases) {
    await checklist.check(`model is not built with ${title}`, async () => {
      const context = mkdtempSync(path.join(os.tmpdir(), 'hivis-model-'));
      try {
        for (const name of ['models', 'dockerfiles', '.dockerignore'])
          cpSync(path.join(ROOT, name), path.join(context, name), { recursive: true });
        damage(path.join(context, 'models/ppe-yolov8n.onnx'));
        const { exitCode, output } = await engine.tryDocker(buildArguments(engine, 'model', [], context));
        expect(exitCode !== 0, 'the build succeeded');
        expect(message.test(output), `the build did not say why:\n${output.slice(-500)}`);
      } finally {
        rmSync(context, { recursive: true, force: true });
      }
      return undefined;
    });
  }
}

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
