import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHealth, createHealthFile } from '../../../workers/health.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'hivis-health-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('checkHealth', () => {
  it('is unhealthy before a worker takes jobs and after it has ended', async () => {
    expect((await checkHealth(dataDir)).healthy).toBe(false);
    const file = createHealthFile(dataDir);
    await file.touch();
    expect((await checkHealth(dataDir)).healthy).toBe(true);
    await file.remove();
    expect((await checkHealth(dataDir)).healthy).toBe(false);
  });

  it('is unhealthy when a living worker has fallen silent', async () => {
    await createHealthFile(dataDir).touch();
    const health = await checkHealth(dataDir, Date.now() + 60_000);
    expect(health).toMatchObject({ healthy: false });
    expect(health.message).toContain(String(process.pid));
  });
});
