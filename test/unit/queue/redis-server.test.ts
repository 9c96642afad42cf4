import { describe, expect, it } from 'vitest';
import { parseNode, readAccess } from '../../../src/queue/redis-client.js';
import { describeServer, parseInfo } from '../../../src/queue/redis-info.js';

const info = (lines: Record<string, string>) =>
  parseInfo(
    `# Server\r\n${Object.entries(lines)
      .map(([key, value]) => `${key}:${value}`)
      .join('\r\n')}\r\n`,
  );
const sound = { redis_version: '7.2.4', maxmemory_policy: 'noeviction', aof_enabled: '1' };

describe('describeServer', () => {
  it('has nothing to say about a sound server', () => {
    expect(describeServer(info(sound), 3)).toMatchObject({ server: 'redis', version: '7.2.4', warnings: [] });
  });

  it('warns of eviction, of a missing append-only file and of a wrong clock', () => {
    const { warnings } = describeServer(info({ ...sound, maxmemory_policy: 'allkeys-lru', aof_enabled: '0' }), -61_000);
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).toMatch(/noeviction.*appendonly.*-61000 ms/);
  });

  it('refuses a Redis older than 6.2 and takes Valkey, whatever Redis version it imitates', () => {
    expect(() => describeServer(info({ ...sound, redis_version: '6.0.16' }), 0)).toThrow(/too old/);
    const valkey = info({ ...sound, redis_version: '7.2.4', valkey_version: '8.1.0', server_name: 'valkey' });
    expect(describeServer(valkey, 0)).toMatchObject({ server: 'valkey', version: '8.1.0' });
  });
});

describe('addresses', () => {
  it('reads nodes', () => {
    expect(parseNode('redis-1:26379')).toEqual({ host: 'redis-1', port: 26379 });
    expect(parseNode('redis-1')).toEqual({ host: 'redis-1', port: 6379 });
    expect(parseNode('[::1]:7000')).toEqual({ host: '::1', port: 7000 });
  });

  it('reads user, password, database and TLS', () => {
    expect(readAccess('rediss://bob:p%40ss@any/3')).toEqual({ username: 'bob', password: 'p@ss', db: 3, tls: {} });
    expect(readAccess('redis://any')).toEqual({});
    expect(readAccess(null)).toEqual({});
  });
});
