/** A process that uses a shared source cache at random; started by the tests with its settings as JSON. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createStorage, type StorageSettings } from '../../src/storage/create-storage.js';
import { createSourceCache } from '../../src/storage/source-cache.js';

export type CacheUserSettings = {
  readonly storage: StorageSettings;
  readonly cacheDir: string;
  readonly maxBytes: number;
  readonly files: readonly { readonly key: string; readonly sizeBytes: number; readonly sha256: string }[];
  readonly uses: number;
  /** Uses the first file and holds it until it is killed. */
  readonly hang?: boolean;
};

const settings = JSON.parse(process.argv[2] ?? '') as CacheUserSettings;
const cache = createSourceCache(createStorage(settings.storage), settings);

async function useOnce(turn: number): Promise<void> {
  const file = settings.files[(turn * 7 + process.pid) % settings.files.length];
  if (file === undefined) throw new Error('no file');
  await cache.withFile(file.key, file.sizeBytes, async (path) => {
    // Twice, with a pause: ffmpeg opens the file more than once while a segment is decoded.
    for (let opening = 0; opening < 2; opening += 1) {
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      if (sha256 !== file.sha256) throw new Error(`wrong bytes of ${file.key}`);
      await new Promise((resolve) => setTimeout(resolve, turn % 3));
    }
  });
}

if (settings.hang === true) {
  const [file] = settings.files;
  if (file !== undefined)
    await cache.withFile(file.key, file.sizeBytes, (path) => {
      console.log(path);
      return new Promise(() => setInterval(() => undefined, 1_000));
    });
}
for (let turn = 0; turn < settings.uses; turn += 4)
  await Promise.all([0, 1, 2, 3].map((offset) => useOnce(turn + offset)));
console.log('done');
