import path from 'node:path';
import type { Terminal } from './terminal.js';
import { formatDuration } from './format.js';
import type { SavedReport } from './report-folder.js';
import { renderVerdict } from './verdict-table.js';

/** The verdict and where the files are; with `json` the same for programs. */
export function printResult(
  terminal: Terminal,
  saved: SavedReport,
  how: { readonly elapsedMs: number; readonly json: boolean },
): void {
  const { report } = saved;
  const length = formatDuration(report.source.durationMs);
  terminal.note(
    terminal.paintNote(
      'dim',
      `Analysed ${report.completeness.framesAnalyzed} frames of ${length} of video in ${formatDuration(how.elapsedMs)}\n`,
    ),
  );
  terminal.print(how.json ? renderJson(saved) : renderText(terminal, saved));
}

function renderText(terminal: Terminal, { report, files }: SavedReport): string {
  const rows: (readonly [string, string])[] = [
    ['PDF', shorten(files.pdf)],
    ['Page', shorten(files.html)],
    ['Table', shorten(files.csv)],
    ['Data', shorten(files.json)],
  ];
  const [first, last] = [files.evidence[0], files.evidence.at(-1)];
  if (first !== undefined && last !== undefined)
    rows.push(['Stills', first === last ? shorten(first) : `${shorten(first)} … ${path.basename(last)}`]);
  rows.push(['Id', report.analysis.id]);
  const list = rows.map(([label, file]) => `  ${label.padEnd(7)} ${file}`).join('\n');
  return `${renderVerdict(report, terminal.paintOut)}\n\n${terminal.paintOut('bold', 'Report')}\n${list}`;
}

function renderJson({ report, folder, files }: SavedReport): string {
  const result = {
    analysisId: report.analysis.id,
    assessmentId: report.analysis.assessmentId,
    name: report.analysis.name,
    complete: report.completeness.complete,
    verdict: report.summary.verdict,
    persons: report.summary.persons,
    items: report.summary.items,
    violations: report.violations,
    folder,
    files,
  };
  return JSON.stringify(result, null, 2);
}

/** Relative to where the person stands, unless that would climb out. */
function shorten(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
