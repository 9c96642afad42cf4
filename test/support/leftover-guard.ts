import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

export type LeftoverGuard = {
  /** Ends that process when we are gone. */
  watch(pid: number): void;
  /** Everything was cleaned up in order: the guard has nothing to do. */
  dismiss(): void;
};

/** Runs apart from us; its stdin closes when we die, however that happens. */
const GUARD_PROGRAM = `
  const { rmSync } = require('node:fs');
  const folder = process.argv[1];
  const pids = [];
  let dismissed = false;
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text) => {
    for (const word of text.split(/\\s+/)) {
      if (word === 'dismiss') dismissed = true;
      else if (word !== '') pids.push(Number(word));
    }
  });
  const isAlive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };
  const signalAll = (name) => { for (const pid of pids) try { process.kill(pid, name); } catch {} };
  process.stdin.on('end', () => {
    if (dismissed) return;
    signalAll('SIGINT');
    const startedMs = Date.now();
    const timer = setInterval(() => {
      if (pids.some(isAlive) && Date.now() - startedMs < 10000) return;
      clearInterval(timer);
      signalAll('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }, 100);
  });
`;

/** Stops servers and removes `folder` after us even when the test run is killed. */
export function startLeftoverGuard(folder: string): LeftoverGuard {
  const child = spawn(process.execPath, ['-e', GUARD_PROGRAM, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // A pipe of a child process is a socket, whatever its type says, and must not keep us alive.
  if (child.stdin instanceof Socket) child.stdin.unref();
  child.stdin.on('error', () => undefined);
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    dismiss: () => void child.stdin.end('dismiss\n'),
  };
}
