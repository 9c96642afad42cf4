import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expectEqual, type Checklist } from './checklist.js';
import { ROOT, run, type Engine } from './engine.js';
import { tagOf } from './images.js';
import { HEAVY, NAME, type References } from './stack-checks.js';
import { timelessReport } from './stack.js';

const CLI = path.join(ROOT, 'dist/src/cli/main.js');
const SAMPLE = path.join(ROOT, 'samples/site-demo.mp4');
const HEAVY_OPTIONS = ['--every-n-frames', String(HEAVY.everyNFrames), '--image-size', String(HEAVY.imageSize)];

/** What the embedded stack on this machine, with this machine's ffmpeg, says about the sample. */
export async function analyzeEmbedded(checklist: Checklist): Promise<References | undefined> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-embedded-'));
  let references: References | undefined;
  const analyze = async (out: string, ...options: readonly string[]): Promise<unknown> => {
    const args = [
      CLI,
      'analyze',
      SAMPLE,
      '--name',
      NAME,
      '--data-dir',
      path.join(folder, 'data'),
      '--out',
      path.join(folder, out),
      ...options,
    ];
    const { exitCode, output } = await run(process.execPath, args, { cwd: folder });
    if (exitCode !== 0) throw new Error(`hivis analyze ended with ${exitCode}:\n${output.slice(-2000)}`);
    return timelessReport(readFileSync(path.join(folder, out, 'report.json'), 'utf8'));
  };
  try {
    await checklist.check('the embedded stack analyses the sample', async () => {
      if (!existsSync(CLI)) throw new Error('hivis is not built: npm run build');
      references = { light: await analyze('light'), heavy: await analyze('heavy', ...HEAVY_OPTIONS) };
      return undefined;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return references;
}

/** The same in one container, with a read-only root and the image's own ffmpeg. */
export async function checkAllInOne(engine: Engine, checklist: Checklist, references: References): Promise<void> {
  await checklist.check('all-in-one analyses the sample, root read-only, like the embedded stack', async () => {
    const volume = path.basename(mkdtempSync(path.join(os.tmpdir(), 'hivis-one-')));
    const folder = path.join(os.tmpdir(), volume);
    try {
      const mounts = ['--read-only', '--tmpfs', '/tmp', '-v', `${volume}:/data`];
      const command = ['analyze', 'samples/site-demo.mp4', '--name', NAME, '--out', '/data/report'];
      await engine.docker(['run', '--name', volume, ...mounts, tagOf('all-in-one'), ...command]);
      await engine.docker(['cp', `${volume}:/data/report`, folder]);
      const json =
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('report.json')) ?? '';
      expectEqual(timelessReport(readFileSync(path.join(folder, json), 'utf8')), references.light, 'report');
    } finally {
      await engine.tryDocker(['rm', '-f', '-v', volume]);
      await engine.tryDocker(['volume', 'rm', volume]);
      rmSync(folder, { recursive: true, force: true });
    }
    return undefined;
  });
}
