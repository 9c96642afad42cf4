import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { HivisError } from '../../../src/shared/errors.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (thrown) {
    if (thrown instanceof HivisError && thrown.code === 'config_invalid') return thrown.details['problems'] as string[];
    throw thrown;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing set', () => {
    const config = loadConfig({});
    expect(config.http).toMatchObject({ port: 3000, host: '127.0.0.1' });
    expect(config.database.url).toBeNull();
    expect(config.queue.redis).toBeNull();
    expect(config.storage.url).toMatch(/^file:\/\/\/.*\/data\/storage$/);
    expect(config.defaults).toMatchObject({ everyNFrames: 5, imageSize: 480 });
    expect(config.evidence.jpegQuality).toBe(70);
  });

  it('is frozen all the way down', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.storage.s3)).toBe(true);
  });

  it('takes an empty variable as unset', () => {
    expect(loadConfig({ REDIS_URL: '', PORT: ' ' })).toMatchObject({ queue: { redis: null }, http: { port: 3000 } });
  });

  it('lists every problem by the name of its variable', () => {
    const problems = problemsOf({ PORT: 'abc', PROCESS_EVERY_N_FRAMES: '0', LOG_LEVEL: 'loud', WORKER_ROLES: 'cook' });
    expect(problems.map((problem) => problem.split(/[:.]/)[0])).toEqual([
      'PORT',
      'WORKER_ROLES',
      'PROCESS_EVERY_N_FRAMES',
      'LOG_LEVEL',
    ]);
  });

  it('refuses URLs of the wrong kind', () => {
    const problems = problemsOf({ REDIS_URL: 'http://x', DATABASE_URL: 'mysql://x', STORAGE_URL: '/tmp/x' });
    expect(problems).toHaveLength(3);
  });

  it('knows a single Redis, Sentinels and a cluster', () => {
    const redis = (env: Record<string, string>) => loadConfig(env).queue.redis;
    expect(redis({ REDIS_URL: 'rediss://:pw@host:6380/2' })).toEqual({
      kind: 'single',
      url: 'rediss://:pw@host:6380/2',
    });
    expect(redis({ REDIS_SENTINELS: 'a:1, b:2', REDIS_SENTINEL_NAME: 'm' })).toEqual({
      kind: 'sentinel',
      nodes: ['a:1', 'b:2'],
      name: 'm',
      url: null,
    });
    expect(redis({ REDIS_CLUSTER_NODES: 'a:1' })).toEqual({ kind: 'cluster', nodes: ['a:1'], url: null });
    expect(problemsOf({ REDIS_SENTINELS: 'a:1' })).toHaveLength(1);
  });

  it('splits API keys at the first colon', () => {
    expect(loadConfig({ API_KEYS: 'site-a:0123456789abcdef:x' }).auth.apiKeys).toEqual([
      { id: 'site-a', secret: '0123456789abcdef:x' },
    ]);
    expect(problemsOf({ API_KEYS: 'short:abc' })).toHaveLength(1);
  });
});
