import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

const MODULE = new URL('../../../src/shared/parent-process.ts', import.meta.url).href;

/** A program with a message channel to us, as the embedded stack starts its children. */
function startChild(code: string): ChildProcess {
  const program = `import { onParentGone, reportReady } from ${JSON.stringify(MODULE)};\n${code}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as unknown[];
  return code;
}

test('a parent that goes later is noticed', async () => {
  const child = startChild(`
    onParentGone(() => process.exit(7));
    reportReady('http://127.0.0.1:1');
    setInterval(() => undefined, 1000);`);
  const [report] = (await once(child, 'message')) as unknown[];
  expect(report).toEqual({ kind: 'ready', url: 'http://127.0.0.1:1' });
  child.disconnect();
  expect(await exitCode(child)).toBe(7);
});

test('a parent that went before the program got to ask is noticed too', async () => {
  const child = startChild(`
    while (process.connected) await new Promise((resolve) => setTimeout(resolve, 10));
    onParentGone(() => process.exit(7));
    setInterval(() => undefined, 1000);`);
  child.disconnect();
  expect(await exitCode(child)).toBe(7);
});
