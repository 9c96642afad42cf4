import { expect, test } from 'vitest';
import { findPackageManager, installCommand } from '../../../src/shared/install-hint.js';

test.each([
  ['linux', '/usr/bin/apt-get', 'apt'],
  ['linux', '/usr/bin/dnf', 'dnf'],
  ['linux', '/sbin/apk', 'apk'],
  ['linux', '/nowhere', 'apt'],
  ['darwin', '/usr/bin/apt-get', 'brew'],
  ['win32', '/usr/bin/apt-get', 'winget'],
] as const)('on %s with %s: %s', (platform, present, expected) => {
  expect(findPackageManager(platform, (file) => file === present)).toBe(expected);
});

test('the command is one that can be pasted', () => {
  expect(installCommand('ffmpeg', 'apt')).toBe('sudo apt-get update && sudo apt-get install -y ffmpeg');
  expect(installCommand('redis', 'brew')).toBe('brew install redis');
});
