import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A process beyond its reusable number. `startedAt` tells two processes with one pid apart, `pidSpace` says where the
 * pid counts: a container sees other numbers than its neighbour on the same volume.
 */
export type ProcessIdentity = {
  readonly pid: number;
  readonly startedAt: string | null;
  readonly pidSpace: string;
};

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startedAt: readStartTime(pid), pidSpace: readPidSpace() };
}

/** Whether that very process still runs. Only meaningful when `pidSpace` is ours. */
export function isProcessAlive(identity: Pick<ProcessIdentity, 'pid' | 'startedAt'>): boolean {
  if (!isPidAlive(identity.pid)) return false;
  const startedAt = readStartTime(identity.pid);
  return identity.startedAt === null || startedAt === null || identity.startedAt === startedAt;
}

/** Zombies count as dead: a container whose first process reaps nothing keeps them for ever. */
export function isPidAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return readProcStat(pid)?.state !== 'Z';
}

/** The command line of a process, words separated by blanks; undefined when it has gone or cannot be seen. */
export function readCommandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    return execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function readStartTime(pid: number): string | null {
  return readProcStat(pid)?.startTime ?? null;
}

function readProcStat(pid: number): { readonly state: string; readonly startTime: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks and parentheses, so count from its end: state is field 3, start time 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const startTicks = fields[19];
    return state === undefined || startTicks === undefined
      ? null
      : { state, startTime: `${readBootId()}/${startTicks}` };
  } catch {
    return null;
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function readPidSpace(): string {
  try {
    return `${readBootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'host';
  }
}
