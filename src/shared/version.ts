import { readFileSync } from 'node:fs';
import { findPackageRoot } from './package-root.js';

/** The version in package.json. */
export const HIVIS_VERSION: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', findPackageRoot()), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  return '0.0.0';
}
