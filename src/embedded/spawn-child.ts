import { fork } from 'node:child_process';
import { findEntryPoint, type EntryName } from './entry-points.js';
import type { ChildPort } from './supervised-child.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Starts `api` or `worker` with a message channel (which closes when we die, however that happens) and in a process
 * group of its own, so that Ctrl-C in a terminal reaches us alone and the order of the shutdown is ours.
 */
export function createChildPort(entry: EntryName, env: Environment): ChildPort {
  return {
    spawn(listenUrl) {
      return fork(findEntryPoint(entry), [], {
        env: listenUrl === null ? { ...env } : { ...env, PORT: new URL(listenUrl).port },
        detached: process.platform !== 'win32',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
    },
    killGroup(child) {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It has ended in between.
      }
    },
  };
}
