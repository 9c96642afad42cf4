import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { LogFile } from './log-file.js';

const TAIL_LINES = 20;

export type ChildOutput = {
  attach(stream: Readable): void;
  /** The last lines, oldest first, as a person would read them. */
  tail(): readonly string[];
};

/** What a child prints: every line goes to its log file as one JSON object, and the last ones are remembered. */
export function createChildOutput(options: {
  readonly name: string;
  readonly file: LogFile;
  readonly nowMs: () => number;
  readonly onLine: (record: LogRecord) => void;
}): ChildOutput {
  const lines: string[] = [];
  return {
    attach(stream) {
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
        if (line.trim() === '') return;
        const record = parseLogLine(line, options.name, options.nowMs());
        options.file.write(JSON.stringify(record));
        lines.push(describeRecord(record));
        if (lines.length > TAIL_LINES) lines.shift();
        options.onLine(record);
      });
    },
    tail: () => [...lines],
  };
}

export type LogRecord = { readonly level: string; readonly time: string; readonly msg: string } & Readonly<
  Record<string, unknown>
>;

/** pino's line as it is; anything else (a crash trace, a warning of Node) wrapped into the same shape. */
export function parseLogLine(line: string, processName: string, nowMs: number): LogRecord {
  try {
    const value: unknown = JSON.parse(line);
    if (isLogRecord(value)) return { ...value, process: processName };
  } catch {
    // Not JSON: below.
  }
  return { level: 'warn', time: new Date(nowMs).toISOString(), process: processName, msg: line };
}

function isLogRecord(value: unknown): value is LogRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'level' in value &&
    typeof value.level === 'string' &&
    'time' in value &&
    typeof value.time === 'string' &&
    'msg' in value &&
    typeof value.msg === 'string'
  );
}

/** A record in one readable line: message, then the cause if there is one. */
export function describeRecord(record: LogRecord): string {
  const error = record['err'];
  if (typeof error !== 'object' || error === null || !('message' in error)) return record.msg;
  const message = String(error.message);
  return message === record.msg ? message : `${record.msg}: ${message}`;
}
