#!/usr/bin/env node
/**
 * Entry point of `hivis`. The version of Node is checked before anything else is loaded, as the rest may not even
 * parse on an old one.
 */
import { findNodeProblem } from './node-version.js';

const problem = findNodeProblem(process.versions.node);
if (problem === null) {
  const { runCli } = await import('./program.js');
  process.exitCode = await runCli(process.argv.slice(2));
  // A socket that lingers must not keep a finished command alive.
  setTimeout(() => process.exit(), 1_000).unref();
} else {
  console.error(problem);
  process.exitCode = 1;
}
