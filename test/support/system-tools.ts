import { loadConfig } from '../../src/config/config.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ensureFfmpeg } from '../../src/embedded/preflight.js';
import { ensureRedisServer } from '../../src/embedded/redis-server.js';

/**
 * Makes ffmpeg and redis-server available as `npm test` does, for programs that run by themselves. False without a
 * redis-server, which it says; throws `ffmpeg_missing`.
 */
export async function ensureSystemTools(): Promise<boolean> {
  const env = readEnvironment();
  const say = (line: string): void => console.error(line);
  await ensureFfmpeg(loadConfig(env), env, say);
  return ensureRedisServer(env, say);
}
