import { readFileSync } from 'node:fs';
import { HivisError } from '../shared/errors.js';

/**
 * The process environment with secrets read from files: `DATABASE_URL_FILE=/run/secrets/db` sets `DATABASE_URL`.
 * The only reader of `process.env` in hivis.
 */
export function readEnvironment(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env };
  for (const [name, file] of Object.entries(process.env)) {
    if (!name.endsWith('_FILE') || file === undefined || file === '') continue;
    const target = name.slice(0, -'_FILE'.length);
    if (!FILE_SECRETS.has(target)) continue;
    try {
      env[target] = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      throw new HivisError('config_invalid', `${name} points at a file that cannot be read: ${file}`, { cause });
    }
  }
  return env;
}

const FILE_SECRETS = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'API_KEYS',
  'WEBHOOK_SECRET',
]);
