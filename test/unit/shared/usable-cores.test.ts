import { expect, test } from 'vitest';
import { countUsableCores } from '../../../src/shared/usable-cores.js';

function files(content: Readonly<Record<string, string>>): (file: string) => string {
  return (file) => {
    const text = content[file.replace('/sys/fs/cgroup/', '')];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
}

test.each([
  ['no cgroup', {}, 8],
  ['version 2 without a limit', { 'cpu.max': 'max 100000\n' }, 8],
  ['version 2 with 2.5 cores', { 'cpu.max': '250000 100000\n' }, 2],
  ['version 2 with half a core', { 'cpu.max': '50000 100000\n' }, 1],
  ['version 2 with more than there are', { 'cpu.max': '6400000 100000\n' }, 8],
  ['version 1 without a limit', { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' }, 8],
  ['version 1 with 3 cores', { 'cpu/cpu.cfs_quota_us': '300000\n', 'cpu/cpu.cfs_period_us': '100000\n' }, 3],
])('%s', (_case, content, expected) => {
  expect(countUsableCores(files(content), 8)).toBe(expected);
});
