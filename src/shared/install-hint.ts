import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export type PackageManager = 'apt' | 'dnf' | 'apk' | 'pacman' | 'zypper' | 'brew' | 'winget';
export type Tool = 'ffmpeg' | 'redis';

const COMMANDS: Readonly<Record<Tool, Readonly<Record<PackageManager, string>>>> = {
  ffmpeg: {
    apt: 'sudo apt-get update && sudo apt-get install -y ffmpeg',
    dnf: 'sudo dnf install -y ffmpeg-free',
    apk: 'sudo apk add ffmpeg',
    pacman: 'sudo pacman -S --noconfirm ffmpeg',
    zypper: 'sudo zypper install -y ffmpeg',
    brew: 'brew install ffmpeg',
    winget: 'winget install --id Gyan.FFmpeg',
  },
  redis: {
    apt: 'sudo apt-get update && sudo apt-get install -y redis-server',
    dnf: 'sudo dnf install -y redis',
    apk: 'sudo apk add redis',
    pacman: 'sudo pacman -S --noconfirm valkey',
    zypper: 'sudo zypper install -y redis',
    brew: 'brew install redis',
    winget: 'winget install --id Redis.Redis',
  },
};

/** The command that installs a tool on this system, as a person would type it. */
export function installCommand(tool: Tool, manager: PackageManager = findPackageManager()): string {
  return COMMANDS[tool][manager];
}

/** The package manager of this system; apt where nothing is recognised, as most servers have it. */
export function findPackageManager(
  platform: NodeJS.Platform = os.platform(),
  exists: (file: string) => boolean = existsSync,
): PackageManager {
  if (platform === 'darwin') return 'brew';
  if (platform === 'win32') return 'winget';
  const binaries: readonly (readonly [PackageManager, string])[] = [
    ['apt', 'apt-get'],
    ['dnf', 'dnf'],
    ['apk', 'apk'],
    ['pacman', 'pacman'],
    ['zypper', 'zypper'],
  ];
  const has = (name: string): boolean =>
    ['/usr/bin', '/bin', '/sbin', '/usr/sbin'].some((folder) => exists(path.join(folder, name)));
  return binaries.find(([, name]) => has(name))?.[0] ?? 'apt';
}
