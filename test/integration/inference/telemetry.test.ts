import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** Loads the detector as a worker does and says what the native library could read when it was loaded. */
const PROGRAM = `
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (request, ...rest) {
    if (/onnxruntime_binding\\.node$/.test(request)) console.log('telemetry disabled: ' + process.env.ORT_DISABLE_TELEMETRY);
    return load.call(this, request, ...rest);
  };
  import('./src/inference/detector.ts');
`;

it('switches the telemetry of ONNX Runtime off before its library is loaded', async () => {
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const { ORT_DISABLE_TELEMETRY: _unset, ...env } = process.env;
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '-e', PROGRAM], { cwd, env });
  expect(stdout).toContain('telemetry disabled: 1');
});
