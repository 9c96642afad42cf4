import { readdir, readFile } from 'node:fs/promises';

/** Living processes of this machine (Linux) whose command line contains `text`. */
export async function countProcesses(text: string): Promise<number> {
  let count = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const [command, status] = await Promise.all([
      readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''),
      readFile(`/proc/${name}/status`, 'utf8').catch(() => ''),
    ]);
    if (command.includes(text) && !/^State:\s+Z/m.test(status)) count += 1;
  }
  return count;
}
