/** What a check found out, for the printed line; nothing when there is nothing to add. */
export type Finding = string | undefined;

export type Checklist = {
  readonly passed: number;
  readonly failed: number;
  /** Runs one check and prints its line. Never throws: returns whether it passed. */
  check(title: string, work: () => Promise<Finding> | Finding): Promise<boolean>;
};

export function createChecklist(print: (line: string) => void): Checklist {
  const counts = { passed: 0, failed: 0 };
  return {
    get passed() {
      return counts.passed;
    },
    get failed() {
      return counts.failed;
    },
    async check(title, work) {
      const startedMs = Date.now();
      try {
        const finding = await work();
        counts.passed += 1;
        print(`  ok    ${title}${finding === undefined ? '' : `: ${finding}`} (${seconds(startedMs)})`);
        return true;
      } catch (error) {
        counts.failed += 1;
        print(`  FAIL  ${title} (${seconds(startedMs)})\n        ${String(error).replaceAll('\n', '\n        ')}`);
        return false;
      }
    },
  };
}

function seconds(startedMs: number): string {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
}

/** Throws with `message` unless `condition`. */
export function expect(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: got ${got.slice(0, 400)}, expected ${wanted.slice(0, 400)}`);
}
