import { existsSync } from 'node:fs';

/** The folder that holds package.json, migrations and models: the same from `src/` (tests) and from `dist/src/`. */
export function findPackageRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('..', folder);
    if (parent.href === folder.href) throw new Error('package.json was not found above the program');
    folder = parent;
  }
  return folder;
}
