import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

const MAX_BYTES = 20 * 1024 * 1024;

/** A log file that keeps one older part (`.1`) and so never takes more than twice `maxBytes`. */
export type LogFile = { readonly path: string; write(line: string): void; close(): void };

/** Writing never throws: a full disk costs log lines, not the service. */
export function openLogFile(filePath: string, maxBytes: number = MAX_BYTES): LogFile {
  mkdirSync(path.dirname(filePath), { recursive: true });
  let descriptor: number | null = openSync(filePath, 'a');
  let sizeBytes = fstatSync(descriptor).size;

  function rotate(): void {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
    if (existsSync(filePath)) renameSync(filePath, `${filePath}.1`);
    descriptor = openSync(filePath, 'a');
    sizeBytes = 0;
  }

  return {
    path: filePath,
    write(line) {
      try {
        if (sizeBytes >= maxBytes) rotate();
        if (descriptor !== null) sizeBytes += writeSync(descriptor, `${line}\n`);
      } catch {
        // Nowhere to report it: the log itself is what cannot be written.
      }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}
