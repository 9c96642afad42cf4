import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './engine.js';
import { IMAGES, type Image } from './images.js';

export type ImageFigures = {
  readonly bytes: number;
  readonly baseBytes: number;
  readonly cachedBuildSeconds: number;
  /** Processes that wanted a core while it was built. */
  readonly loadAverage: number;
  /** Without any cache; kept from the last run that measured it. */
  readonly buildSeconds?: number;
  readonly buildLoadAverage?: number;
};
export type ReadyTimes = Readonly<Partial<Record<Image['name'], number>>>;
export type Figures = {
  readonly images: Readonly<Partial<Record<Image['name'], ImageFigures>>>;
  readonly ready: ReadyTimes;
  readonly readyLoadAverage: number;
  readonly stackUpSeconds?: number;
};

const FILE = path.join(ROOT, 'dockerfiles/RESULTS.md');
const MARK = /<!-- figures: (.*) -->/;

/** Figures without cache come from the run that had none; everything else from this one. */
export function mergeFigures(current: Figures, earlier: Figures | undefined): Figures {
  const images = Object.fromEntries(
    Object.entries(current.images).map(([name, figures]) => {
      const known = earlier?.images[name as Image['name']];
      const hasOwn = figures.buildSeconds !== undefined;
      const kept = hasOwn
        ? { buildLoadAverage: figures.loadAverage }
        : known?.buildSeconds === undefined
          ? {}
          : { buildSeconds: known.buildSeconds, buildLoadAverage: known.buildLoadAverage ?? known.loadAverage };
      return [name, { ...figures, ...kept }];
    }),
  );
  return { ...current, images };
}

export function readEarlierFigures(): Figures | undefined {
  const json = existsSync(FILE) ? MARK.exec(readFileSync(FILE, 'utf8'))?.[1] : undefined;
  return json === undefined ? undefined : (JSON.parse(json) as Figures);
}

export function writeResults(figures: Figures): void {
  writeFileSync(FILE, renderResults(figures));
}

const BEFORE = {
  api: ['backend (API and inference, CPU PyTorch)', '1.5–2 GB', '30–40 s', '8–12 min / 30–60 s'],
  worker: ['(part of the backend)', '', '', ''],
  web: ['frontend (nginx)', '50–100 MB', '1–2 s', '2–4 min / 20–40 s'],
  model: ['model', '25–30 MB', '', '10–30 s / 5–10 s'],
  'all-in-one': ['(none)', '', '', ''],
} as const;

export function renderResults(figures: Figures): string {
  const rows = IMAGES.map(({ name }) => row(name, figures));
  const stack = (['api', 'worker', 'web', 'model'] as const).map((name) => figures.images[name]);
  const total = stack.reduce((sum, image) => sum + (image?.bytes ?? 0), 0);
  const added = stack.reduce((sum, image) => sum + (image === undefined ? 0 : image.bytes - image.baseBytes), 0);
  const up = figures.stackUpSeconds;
  return `# Images: before and after

Written by \`npm run test:images\`. Sizes are what \`docker image inspect\` says; \`base\` is the public image that ours stands on,
\`ours\` is what we add to it. Build times: without any cache / when nothing has changed, with the load of the machine
beside them. Ready: from the start of the container to the first good answer (worker: to taking jobs, model: to the verified copy).

| image | before | size before | size now | = base | + ours | ready before | ready now | build before | build now (load) |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
| the four of the stack | | 1.6–2.1 GB | ${megabytes(total)} | | ${megabytes(added)} | | ${up === undefined ? '' : `${up.toFixed(0)} s, all of it from nothing`} | | |

On disk the node base is stored once for \`api\` and \`worker\`. Ready times were measured at load ${figures.readyLoadAverage.toFixed(1)}.

<!-- figures: ${JSON.stringify(figures)} -->
`;
}

function row(name: Image['name'], figures: Figures): string {
  const [before, sizeBefore, readyBefore, buildBefore] = BEFORE[name];
  const image = figures.images[name];
  const ready = figures.ready[name];
  const cells = [
    ...[`\`${name}\``, before, sizeBefore],
    ...(image === undefined
      ? ['not built', '', '']
      : [megabytes(image.bytes), megabytes(image.baseBytes), megabytes(image.bytes - image.baseBytes)]),
    ...[readyBefore, ready === undefined ? '' : `${ready.toFixed(2)} s`, buildBefore],
    image === undefined ? '' : buildTimes(image),
  ];
  return `| ${cells.join(' | ')} |`;
}

function buildTimes(image: ImageFigures): string {
  const cached = `${image.cachedBuildSeconds.toFixed(1)} s (${image.loadAverage.toFixed(1)})`;
  if (image.buildSeconds === undefined) return `not measured / ${cached}`;
  return `${image.buildSeconds.toFixed(0)} s (${(image.buildLoadAverage ?? image.loadAverage).toFixed(1)}) / ${cached}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
