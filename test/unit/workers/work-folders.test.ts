import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkFolders } from '../../../workers/work-folders.js';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'hivis-work-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

describe('work folders', () => {
  it('are gone after the work, also when it fails', async () => {
    const folders = createWorkFolders(parent);
    let seen = '';
    const work = folders.withFolder(async (folder) => {
      seen = folder;
      await writeFile(path.join(folder, 'source.part'), 'x');
      throw new Error('broken');
    });
    await expect(work).rejects.toThrow('broken');
    expect(seen.startsWith(parent)).toBe(true);
    expect(existsSync(seen)).toBe(false);
  });

  it('of dead processes are swept, those of living ones and of other machines stay', async () => {
    const folders = createWorkFolders(parent);
    const deadPid = 4_194_303;
    const host = os.hostname().replace(/[^A-Za-z0-9.]/g, '_');
    for (const name of [`${host}-${deadPid}-aaaaaa`, 'other.host-1-bbbbbb', 'other.host-1-cccccc'])
      await mkdir(path.join(parent, name));
    const threeDaysAgo = new Date(Date.now() - 3 * 24 * 3_600_000);
    await utimes(path.join(parent, 'other.host-1-cccccc'), threeDaysAgo, threeDaysAgo);
    await folders.withFolder(async (own) => {
      expect(await folders.sweep()).toBe(2);
      expect((await readdir(parent)).sort()).toEqual([path.basename(own), 'other.host-1-bbbbbb'].sort());
    });
  });
});
