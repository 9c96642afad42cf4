import { cp, lstat, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgresBinaries, linkLibraries } from '../../../src/embedded/postgres-binaries.js';
import { preparePostgresUser, run } from '../../../src/embedded/postgres-user.js';
import { startPostmaster, stopPostmaster } from '../../../src/embedded/postmaster.js';
import { createLogger } from '../../../src/shared/logger.js';
import { startLeftoverGuard, type LeftoverGuard } from '../../support/leftover-guard.js';

let folder: string;
let packageFolder: string;
let libFolder: string;
let guard: LeftoverGuard;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hivis-binaries-'));
  guard = startLeftoverGuard(folder);
  packageFolder = path.join(folder, 'package');
  libFolder = path.join(packageFolder, 'native', 'lib');
  const installed = path.resolve(path.dirname(findPostgresBinaries().postgres), '..', '..');
  await cp(installed, packageFolder, { recursive: true, verbatimSymlinks: true });
  // As npm leaves the package when it does not run install scripts.
  for (const name of await readdir(libFolder)) {
    const file = path.join(libFolder, name);
    if ((await lstat(file)).isSymbolicLink()) await rm(file);
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  guard.dismiss();
});

describe('linkLibraries', () => {
  it('makes the links that the install script would have made, once', async () => {
    linkLibraries(packageFolder);
    linkLibraries(packageFolder);
    expect(await readlink(path.join(libFolder, 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
  });

  it('says what to do where it cannot', async () => {
    const broken = path.join(folder, 'broken');
    await cp(path.join(packageFolder, 'package.json'), path.join(broken, 'package.json'));
    await cp(path.join(packageFolder, 'dist'), path.join(broken, 'native'), { recursive: true });
    const links = [{ source: 'native/lib/a.so.1', target: 'native/lib/a.so' }];
    await writeFile(path.join(broken, 'native', 'pg-symlinks.json'), JSON.stringify(links));
    expect(() => {
      linkLibraries(broken);
    }).toThrow(/a\.so and it cannot be created here.*DATABASE_URL/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('as root, in a folder that only root can enter', () => {
  it('runs the server as another user, with programs and data in there', async () => {
    linkLibraries(packageFolder);
    chmodSync(folder, 0o700);
    const program = (name: string): string => path.join(packageFolder, 'native', 'bin', name);
    const serverDir = path.join(folder, 'data', 'postgres');
    const pgData = path.join(serverDir, 'data');
    const user = await preparePostgresUser(serverDir, program('initdb'));
    expect(user.prefix[0]).toBe('setpriv');
    const { stdout } = await run(user, '/usr/bin/id', ['-u']);
    expect(Number(stdout)).not.toBe(0);
    await run(user, program('initdb'), ['-D', pgData, '--no-sync', '--auth=trust', '--username=hivis']);
    const server = await startPostmaster({
      user,
      program: program('postgres'),
      pgData,
      logFile: path.join(serverDir, 'server.log'),
      settings: { fsync: 'off' },
      logger: createLogger({ level: 'silent', name: 'test' }),
    });
    guard.watch(server.pid);
    expect(server.port).toBeGreaterThan(0);
    await stopPostmaster(pgData, server.pid);
  });
});
