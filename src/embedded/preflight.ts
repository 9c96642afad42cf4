import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.js';
import { describeModelFile, findModel, loadManifest, type ModelEntry } from '../inference/manifest.js';
import { verifyModelFile } from '../inference/verify.js';
import { findMediaTools, type MediaTools } from '../media/tools.js';
import { HivisError, toHivisError } from '../shared/errors.js';
import { installCommand } from '../shared/install-hint.js';
import { createPackageSystem, installWithApt } from './system-packages.js';
import type { Environment } from './spawn-child.js';

/** The embedded database, logs and a little air; sources come on top. */
const BASE_DISK_BYTES = 300 * 1024 * 1024;

/**
 * ffmpeg and ffprobe: those configured or in PATH; else installed with apt-get where that is allowed. Throws
 * `ffmpeg_missing` with the command to type when neither works.
 */
export async function ensureFfmpeg(config: Config, env: Environment, say: (line: string) => void): Promise<MediaTools> {
  try {
    return await findMediaTools(config.ffmpeg);
  } catch (error) {
    const isConfigured = config.ffmpeg.ffmpegPath !== null || config.ffmpeg.ffprobePath !== null;
    if (isConfigured || toHivisError(error).code !== 'ffmpeg_missing') throw error;
    const outcome = await installWithApt('ffmpeg', createPackageSystem(env), say);
    if (outcome.kind === 'not_allowed') throw error;
    if (outcome.kind === 'failed') throw installFailed(outcome.lastWords, error);
    return await findMediaTools(config.ffmpeg);
  }
}

function installFailed(lastWords: string, cause: unknown): HivisError {
  return new HivisError(
    'ffmpeg_missing',
    `apt-get could not install ffmpeg:\n  ${lastWords}\nInstall it yourself and try again: ${installCommand('ffmpeg')}`,
    { cause },
  );
}

/** Throws `unknown_model` or `model_invalid` unless the default model is the file that the manifest describes. */
export async function assertModel(config: Config): Promise<ModelEntry> {
  if (config.models.path !== null) return await describeModelFile(config.models.path);
  const entry = findModel(await loadManifest(config.models.dir), config.models.defaultId);
  await verifyModelFile(config.models.dir, entry);
  return entry;
}

/** Throws `disk_full` unless the data folder has room for a source of this size besides the database. */
export async function assertDiskSpace(dataDir: string, sourceBytes: number): Promise<void> {
  const neededBytes = BASE_DISK_BYTES + sourceBytes;
  const freeBytes = await measureFreeBytes(dataDir);
  if (freeBytes >= neededBytes) return;
  throw new HivisError(
    'disk_full',
    `${dataDir} has ${toMegabytes(freeBytes)} MB free and ${toMegabytes(neededBytes)} MB are needed. Free some space, or choose another folder with --data-dir.`,
    { details: { freeBytes, neededBytes } },
  );
}

/** Free space for this user on the disk of a folder that may not exist yet. */
export async function measureFreeBytes(folder: string): Promise<number> {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    try {
      const { bavail, bsize } = await statfs(current);
      return bavail * bsize;
    } catch (error) {
      if (path.dirname(current) === current) throw error;
    }
  }
}

/** Makes the data folder, with a message that helps where that is not allowed. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (cause) {
    throw new HivisError(
      'config_invalid',
      `The data folder ${dataDir} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}. Choose another one with --data-dir.`,
      { cause },
    );
  }
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
