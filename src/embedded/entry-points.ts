import { fileURLToPath } from 'node:url';

export type EntryName = 'api' | 'worker';

const ENTRIES: Readonly<Record<EntryName, string>> = { api: '../api/main', worker: '../../workers/main' };

/** The program of a child process, in the form we run in ourselves: compiled JavaScript, or TypeScript under a loader. */
export function findEntryPoint(name: EntryName): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(ENTRIES[name] + extension, import.meta.url));
}
