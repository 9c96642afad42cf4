import cliProgress from 'cli-progress';
import type { ProgressLine } from './progress-view.js';
import type { Terminal } from './terminal.js';

export type ProgressDisplay = { show(line: ProgressLine): void; stop(): void };

const PLAIN_INTERVAL_MS = 3_000;

/** A bar on a terminal; on a pipe one line every few seconds and at every change of stage. */
export function createProgressDisplay(terminal: Terminal, nowMs: () => number = Date.now): ProgressDisplay {
  return terminal.interactive ? createBar(terminal) : createPlainLines(terminal, nowMs);
}

function createBar(terminal: Terminal): ProgressDisplay {
  const barWidth = Math.max(10, Math.min(30, terminal.columns - 55));
  const bar = new cliProgress.SingleBar({
    stream: terminal.noteStream,
    format: `  {label} ${terminal.paintNote('cyan', '{bar}')} {shown}  {detail}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: barWidth,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: false,
    gracefulExit: false,
    fps: 10,
  });
  let started = false;
  return {
    show(line) {
      const payload = {
        label: line.label.padEnd(20),
        shown: line.percent === null ? '    ' : `${Math.floor(line.percent)} %`.padStart(5),
        detail: line.detail,
      };
      if (!started) {
        terminal.clearStatus();
        bar.start(100, line.percent ?? 0, payload);
        started = true;
      } else bar.update(line.percent ?? 0, payload);
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}

function createPlainLines(terminal: Terminal, nowMs: () => number): ProgressDisplay {
  let lastLabel = '';
  let lastMs = -Infinity;
  return {
    show(line) {
      if (line.label === lastLabel && nowMs() - lastMs < PLAIN_INTERVAL_MS) return;
      lastLabel = line.label;
      lastMs = nowMs();
      const percent = line.percent === null ? '' : ` ${Math.floor(line.percent)} %`;
      terminal.note(`${line.label}${percent}${line.detail === '' ? '' : ` (${line.detail})`}`);
    },
    stop: () => undefined,
  };
}
