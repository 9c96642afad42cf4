import { describeRecord, type LogRecord } from '../embedded/child-output.js';
import type { Paint } from './terminal.js';

const LEVEL_COLOURS = { fatal: 'red', error: 'red', warn: 'yellow' } as const;
const SHOWN_LEVELS = new Set(['fatal', 'error', 'warn', 'info']);
/** What every line has anyway, or what is told elsewhere in it. */
const HIDDEN_FIELDS = new Set([
  'level',
  'time',
  'msg',
  'process',
  'pid',
  'err',
  'hostname',
  'name',
  'url',
  'part',
  'route',
]);
const MAX_VALUE_CHARS = 60;

/** One log record as a short line for a person; null when it is too fine-grained. The log files have all of it. */
export function renderLogLine(record: LogRecord, paint: Paint): string | null {
  if (!SHOWN_LEVELS.has(record.level)) return null;
  const fields = Object.entries(record)
    .filter(([key, value]) => !HIDDEN_FIELDS.has(key) && isShort(value))
    .map(([key, value]) => `${key}=${String(value)}`);
  const text = describeRecord(record);
  const colour = LEVEL_COLOURS[record.level as keyof typeof LEVEL_COLOURS] as 'red' | 'yellow' | undefined;
  const message = colour === undefined ? text : paint(colour, text);
  const process = typeof record['process'] === 'string' ? record['process'] : '';
  const head = `${record.time.slice(11, 19)} ${process.padEnd(9)}`;
  return [paint('dim', head), message, ...(fields.length === 0 ? [] : [paint('dim', fields.join(' '))])].join(' ');
}

function isShort(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'string' && value.length <= MAX_VALUE_CHARS;
}
