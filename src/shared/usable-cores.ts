import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Whole cores that this process may use: the affinity mask, cut by the cgroup's CPU quota; at least 1. */
export function countUsableCores(
  readText: (file: string) => string = (file) => readFileSync(file, 'utf8'),
  available: number = os.availableParallelism(),
): number {
  const quota = cgroupQuota(readText);
  return Math.max(1, quota === null ? available : Math.min(available, Math.floor(quota)));
}

/** Cores granted by cgroup v2 (`cpu.max`) or v1 (`cpu.cfs_*`); null: no limit, or not Linux. */
function cgroupQuota(readText: (file: string) => string): number | null {
  const read = (file: string): string | null => {
    try {
      return readText(`/sys/fs/cgroup/${file}`).trim();
    } catch {
      return null;
    }
  };
  const [quota, period] = read('cpu.max')?.split(' ') ?? [read('cpu/cpu.cfs_quota_us'), read('cpu/cpu.cfs_period_us')];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}
