import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CreateAnalysisRequest } from '../api/schemas.js';
import { sha256Bytes } from '../shared/hash.js';
import type { Source } from './source-argument.js';

/**
 * Which analysis a command line belongs to, kept in the data folder until its result was delivered: the same command
 * after Ctrl-C continues that analysis instead of beginning a new one.
 */
export type RunMemory = {
  find(): Promise<string | undefined>;
  remember(analysisId: string): Promise<void>;
  forget(): Promise<void>;
};

export function createRunMemory(dataDir: string, source: Source, request: CreateAnalysisRequest): RunMemory {
  const folder = path.join(dataDir, 'unfinished');
  const file = path.join(folder, `${sha256Bytes(JSON.stringify([source, request])).slice(0, 32)}.txt`);
  return {
    async find() {
      try {
        const text = (await readFile(file, 'utf8')).trim();
        return /^an_[0-9a-z]+$/.test(text) ? text : undefined;
      } catch {
        return undefined;
      }
    },
    async remember(analysisId) {
      await mkdir(folder, { recursive: true });
      await writeFile(file, `${analysisId}\n`);
    },
    async forget() {
      await rm(file, { force: true });
    },
  };
}
