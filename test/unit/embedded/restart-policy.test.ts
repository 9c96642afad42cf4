import { expect, test } from 'vitest';
import { decideRestart, type RestartPolicy } from '../../../src/embedded/restart-policy.js';

const POLICY: RestartPolicy = { stableAfterMs: 10_000, firstDelayMs: 500, maxDelayMs: 3_000, maxQuickCrashes: 5 };

test('delays double up to the maximum, then it gives up', () => {
  const delays: (number | string)[] = [];
  let quickCrashes = 0;
  for (let crash = 0; crash < 5; crash += 1) {
    const decision = decideRestart(POLICY, quickCrashes, 100);
    quickCrashes = decision.quickCrashes;
    delays.push(decision.kind === 'restart' ? decision.delayMs : decision.kind);
  }
  expect(delays).toEqual([500, 1_000, 2_000, 3_000, 'give_up']);
});

test('a stable life forgets earlier crashes', () => {
  expect(decideRestart(POLICY, 4, 10_000)).toEqual({ kind: 'restart', delayMs: 500, quickCrashes: 1 });
});
