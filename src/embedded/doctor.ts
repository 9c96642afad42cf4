import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadConfig, type Config } from '../config/config.js';
import { findMediaTools, type MediaTools } from '../media/tools.js';
import { HivisError, toHivisError } from '../shared/errors.js';
import { installCommand } from '../shared/install-hint.js';
import { countUsableCores } from '../shared/usable-cores.js';
import { readDataDirLock } from './data-dir-lock.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { assertDiskSpace, assertModel, measureFreeBytes } from './preflight.js';
import { findRedisServer } from './redis-server.js';
import { runCommand } from './run-command.js';
import type { Environment } from './spawn-child.js';

/** `missing`: hivis cannot work without it. `optional`: something else works without it. */
export type DoctorCheck = {
  readonly name: string;
  readonly status: 'ok' | 'missing' | 'optional';
  readonly finding: string;
  readonly advice?: string;
};

/** ffmpeg's decoder names; AV1 has several and one is enough. */
const DECODERS: readonly (readonly [string, readonly string[]])[] = [
  ['h264', ['h264']],
  ['hevc', ['hevc']],
  ['vp9', ['vp9', 'libvpx-vp9']],
  ['av1', ['libdav1d', 'libaom-av1', 'av1']],
  ['mpeg4', ['mpeg4']],
  ['mjpeg', ['mjpeg']],
];

/** Looks at everything that hivis needs, and changes nothing. */
export async function examine(env: Environment): Promise<readonly DoctorCheck[]> {
  const checks: DoctorCheck[] = [checkNode()];
  let config: Config;
  try {
    config = loadConfig(env);
    checks.push({ name: 'settings', status: 'ok', finding: 'every variable is understood' });
  } catch (error) {
    const { message } = toHivisError(error);
    checks.push({
      name: 'settings',
      status: 'missing',
      finding: message,
      advice: '.env.example explains every variable',
    });
    config = loadConfig({ MODELS_DIR: env['MODELS_DIR'] });
  }
  checks.push(...(await checkFfmpeg(config, env)));
  checks.push(checkPostgres(config), await checkRedis(config), await checkModel(config));
  checks.push(await checkDisk(config), checkCores(config), await checkDataDir(config));
  return checks;
}

function checkNode(): DoctorCheck {
  // Older versions never get here: main.ts refuses them.
  return { name: 'node', status: 'ok', finding: `${process.versions.node} (${process.platform} ${process.arch})` };
}

async function checkFfmpeg(config: Config, env: Environment): Promise<DoctorCheck[]> {
  let tools: MediaTools;
  try {
    tools = await findMediaTools(config.ffmpeg);
  } catch (error) {
    return [{ name: 'ffmpeg', status: 'missing', ...splitAdvice(error, installCommand('ffmpeg')) }];
  }
  const { output } = await runCommand(tools.ffmpegPath, ['-hide_banner', '-decoders']);
  const available = new Set(output.split('\n').map((line) => line.trim().split(/\s+/)[1] ?? ''));
  const lacking = DECODERS.filter(([, names]) => !names.some((name) => available.has(name))).map(([codec]) => codec);
  const present = DECODERS.map(([codec]) => codec).filter((codec) => !lacking.includes(codec));
  return [
    { name: 'ffmpeg', status: 'ok', finding: `${tools.version} (${await locate(tools.ffmpegPath, env)})` },
    lacking.length === 0
      ? { name: 'decoders', status: 'ok', finding: present.join(', ') }
      : {
          name: 'decoders',
          status: 'missing',
          finding: `this ffmpeg cannot read ${lacking.join(', ')}`,
          advice: `install a complete build: ${installCommand('ffmpeg')}`,
        },
  ];
}

function checkPostgres(config: Config): DoctorCheck {
  const name = 'postgres';
  if (config.database.url !== null) return { name, status: 'ok', finding: 'DATABASE_URL is set' };
  try {
    findPostgresBinaries();
    return { name, status: 'ok', finding: 'embedded' };
  } catch (error) {
    return { name, status: 'missing', ...splitAdvice(error, 'npm install, or set DATABASE_URL') };
  }
}

async function checkRedis(config: Config): Promise<DoctorCheck> {
  const name = 'redis';
  if (config.queue.redis !== null) return { name, status: 'ok', finding: 'the queue uses REDIS_URL' };
  const version = await findRedisServer();
  if (version !== undefined)
    return { name, status: 'ok', finding: `not needed; redis-server ${version} is there for the tests` };
  return {
    name,
    status: 'optional',
    finding: 'not needed; the Redis half of the tests is skipped without redis-server',
    advice: installCommand('redis'),
  };
}

async function checkModel(config: Config): Promise<DoctorCheck> {
  try {
    const entry = await assertModel(config);
    return {
      name: 'model',
      status: 'ok',
      finding: `${entry.id} ${entry.version}, SHA-256 ${entry.sha256.slice(0, 12)}… verified`,
    };
  } catch (error) {
    return { name: 'model', status: 'missing', ...splitAdvice(error, 'git checkout models, or set MODEL_PATH') };
  }
}

async function checkDisk(config: Config): Promise<DoctorCheck> {
  const freeBytes = await measureFreeBytes(config.dataDir);
  const finding = `${(freeBytes / 1e9).toFixed(1)} GB free for ${config.dataDir}`;
  try {
    await assertDiskSpace(config.dataDir, 0);
    return { name: 'disk', status: 'ok', finding };
  } catch {
    return { name: 'disk', status: 'missing', finding, advice: 'free some space, or set DATA_DIR' };
  }
}

function checkCores(config: Config): DoctorCheck {
  const cores = countUsableCores();
  const workers = config.worker.processes === 0 ? cores : config.worker.processes;
  const memoryGb = (os.totalmem() / 1e9).toFixed(1);
  return { name: 'cores', status: 'ok', finding: `${cores}, so ${workers} worker process(es); ${memoryGb} GB memory` };
}

async function checkDataDir(config: Config): Promise<DoctorCheck> {
  const holder = await readDataDirLock(config.dataDir);
  if (holder === undefined) return { name: 'data', status: 'ok', finding: `nobody uses ${config.dataDir}` };
  const where = holder.url === null ? '' : ` at ${holder.url}`;
  return { name: 'data', status: 'ok', finding: `${config.dataDir} is in use by process ${holder.pid}${where}` };
}

/** Where a bare program name is found. */
async function locate(program: string, env: Environment): Promise<string> {
  if (program.includes(path.sep)) return program;
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, program);
    const isFile = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isFile) return file;
  }
  return program;
}

/** The advice of our own errors stands in their message already. */
function splitAdvice(error: unknown, advice: string): Pick<DoctorCheck, 'finding' | 'advice'> {
  const finding = toHivisError(error).message;
  return error instanceof HivisError && finding.includes(advice) ? { finding } : { finding, advice };
}
