import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { downloadSource, type DownloadedSource, type DownloadRequest } from '../../src/ingest/download.js';
import { HivisError } from '../../src/shared/errors.js';

/** Opens 127.0.0.1 and nothing else: a test server there plays the public internet, [::1] the private network. */
export const TEST_POLICY = { allowPrivate: false, allowedHosts: [], privateNetworks: ['127.0.0.1/32'] };

export const TEST_LIMITS = {
  timeoutMs: 20_000,
  idleTimeoutMs: 10_000,
  minBytesPerSecond: 0,
  maxRedirects: 5,
  maxBytes: 50_000_000,
};

type Overrides = Partial<Omit<DownloadRequest, 'limits'>> & { readonly limits?: Partial<DownloadRequest['limits']> };

export type Downloads = {
  readonly folder: string;
  readonly destinationPath: string;
  readonly download: (url: string, overrides?: Overrides) => Promise<DownloadedSource>;
  /** The refusal of a download that must fail; also asserts that it left no file behind. */
  readonly refusalOf: (url: string, overrides?: Overrides) => Promise<HivisError>;
  readonly remove: () => Promise<void>;
};

export async function createDownloads(): Promise<Downloads> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hivis-download-'));
  const destinationPath = path.join(folder, 'source');
  const download: Downloads['download'] = (url, { limits, ...rest } = {}) =>
    downloadSource({ url, destinationPath, policy: TEST_POLICY, ...rest, limits: { ...TEST_LIMITS, ...limits } });
  return {
    folder,
    destinationPath,
    download,
    refusalOf: async (url, overrides) => {
      const refusal = await download(url, overrides).then(
        () => new Error(`${url} was downloaded`),
        (error: unknown) => error,
      );
      if (!(refusal instanceof HivisError)) throw refusal instanceof Error ? refusal : new Error(String(refusal));
      const left = await readdir(folder);
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
      return refusal;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A resolver of test names. The n-th lookup of a name gets its n-th answer, later ones the last. */
export function fakeResolver(names: Readonly<Record<string, readonly string[][]>>) {
  const lookups: string[] = [];
  const resolve = (host: string): Promise<{ address: string; family: number }[]> => {
    const answers = names[host] ?? [];
    const answer = answers[Math.min(lookups.filter((name) => name === host).length, answers.length - 1)] ?? [];
    lookups.push(host);
    return Promise.resolve(answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { lookups, resolve };
}
