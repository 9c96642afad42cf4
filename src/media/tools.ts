import { existsSync } from 'node:fs';
import path from 'node:path';
import { HivisError } from '../shared/errors.js';
import { installCommand } from '../shared/install-hint.js';
import { runTool } from './run-tool.js';

export type MediaTools = {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** What `ffmpeg -version` calls itself, like `5.1.9-0+deb12u1` or `n7.1`. */
  readonly version: string;
};

export type ToolPaths = { readonly ffmpegPath?: string | null; readonly ffprobePath?: string | null };

const VERSION_TIMEOUT_MS = 30_000;
const OLDEST_MAJOR = 4;
const OLDEST_MINOR = 4;

/**
 * ffmpeg and ffprobe from the given paths, else from PATH; an ffprobe beside a given ffmpeg is preferred.
 * Throws `ffmpeg_missing` with the install command of this system when either cannot be run or is older than 4.4.
 */
export async function findMediaTools(paths: ToolPaths): Promise<MediaTools> {
  const ffmpegPath = paths.ffmpegPath ?? 'ffmpeg';
  const ffprobePath = paths.ffprobePath ?? ffprobeBeside(ffmpegPath) ?? 'ffprobe';
  const version = await readVersion('ffmpeg', ffmpegPath, 'FFMPEG_PATH');
  await readVersion('ffprobe', ffprobePath, 'FFPROBE_PATH');
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  // Builds from the development branch carry no such number; they are newer.
  if (major !== undefined && Number(major) * 100 + Number(minor) < OLDEST_MAJOR * 100 + OLDEST_MINOR)
    throw missing(`ffmpeg ${version} (${ffmpegPath}) is too old: hivis needs 4.4 or newer.`, 'FFMPEG_PATH');
  return { ffmpegPath, ffprobePath, version };
}

/** The option that keeps ffmpeg from duplicating or dropping frames; it got its name in 5.1. */
export function keepFramesOption(tools: MediaTools): readonly [string, string] {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(tools.version) ?? [];
  const isOld = major !== undefined && Number(major) * 100 + Number(minor) < 501;
  return [isOld ? '-vsync' : '-fps_mode', 'passthrough'];
}

function ffprobeBeside(ffmpegPath: string): string | undefined {
  if (!path.isAbsolute(ffmpegPath)) return undefined;
  const sibling = path.join(path.dirname(ffmpegPath), path.basename(ffmpegPath).replace('ffmpeg', 'ffprobe'));
  return sibling !== ffmpegPath && existsSync(sibling) ? sibling : undefined;
}

async function readVersion(name: string, toolPath: string, variable: string): Promise<string> {
  let text = '';
  const exit = await runTool({
    path: toolPath,
    args: ['-version'],
    timeoutMs: VERSION_TIMEOUT_MS,
    onStdout: (chunk) => (text = (text + chunk.toString()).slice(0, 1000)),
  }).catch((cause: unknown) => {
    throw missing(`${name} was not found (${toolPath}).`, variable, cause);
  });
  const version = new RegExp(`^${name} version (\\S+)`).exec(text)?.[1];
  if (exit.exitCode !== 0 || version === undefined)
    throw missing(`${toolPath} does not work as ${name}: ${exit.stderrTail.slice(-300) || 'no answer'}.`, variable);
  return version;
}

function missing(problem: string, variable: string, cause?: unknown): HivisError {
  const install = installCommand('ffmpeg');
  return new HivisError('ffmpeg_missing', `${problem} Install it with: ${install} (or set ${variable}).`, {
    cause,
    details: { install },
  });
}
