import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findNodeProblem } from '../../../src/cli/node-version.js';

test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('Node %s will do', (version) => {
  expect(findNodeProblem(version)).toBeNull();
});

test.each(['18.20.8', '20.18.3', '16.0.0'])('Node %s is too old', (version) => {
  expect(findNodeProblem(version)).toContain(`needs Node.js 20.19 or newer and this is ${version}`);
});

test('package.json asks for the same version', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(manifest.engines.node).toBe('>=20.19');
});
