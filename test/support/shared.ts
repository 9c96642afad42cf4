import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder with third-party clips and expected detections beside a developer's checkout; undefined elsewhere. */
export function sharedDir(): string | undefined {
  const folder = fileURLToPath(new URL('../../../shared', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

/** Printed by tests that skip without it. */
export const SHARED_MISSING = 'skipped: the shared test material is not beside this checkout';
