// Copies what the given entry points really load (and nothing else of node_modules) to a folder.
//
//   node dockerfiles/trace.mjs OUT ENTRY… [-- EXTRA…]
//
// EXTRA are files or folders that no import names: static pages, fonts, SQL. ONNX Runtime and sharp carry binaries of
// every platform; only those of the platform this runs on (the image's, see TARGETARCH) come along.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { nodeFileTrace } from '@vercel/nft';

const [out, ...rest] = process.argv.slice(2);
const dashes = rest.indexOf('--');
const entries = dashes < 0 ? rest : rest.slice(0, dashes);
const extras = dashes < 0 ? [] : rest.slice(dashes + 1);
if (!out || entries.length === 0) throw new Error('usage: trace.mjs OUT ENTRY… [-- EXTRA…]');

const base = process.cwd();
const { fileList, warnings } = await nodeFileTrace(entries, { base, ts: false });
for (const warning of warnings)
  if (!/optional|Failed to resolve dependency/.test(warning.message)) console.warn(warning.message);

const foreign = new RegExp(`onnxruntime-node/bin/napi-v\\d+/(?!${process.platform}/${process.arch}/)`);
let bytes = 0;
const copy = (file) => {
  const from = path.resolve(base, file);
  const to = path.join(out, file);
  if (existsSync(to)) return;
  mkdirSync(path.dirname(to), { recursive: true });
  const isLink = lstatSync(from).isSymbolicLink();
  // A link to its neighbour (versions of a shared library) stays one.
  if (isLink && !readlinkSync(from).includes('/')) return symlinkSync(readlinkSync(from), to);
  cpSync(isLink ? realpathSync(from) : from, to);
  bytes += statSync(to).size;
};
const copyTree = (file) => {
  if (statSync(file).isDirectory()) for (const name of readdirSync(file)) copyTree(path.join(file, name));
  else copy(file);
};

for (const file of fileList) if (!foreign.test(file) && statSync(path.resolve(base, file)).isFile()) copy(file);
for (const extra of extras) copyTree(extra);
console.log(`${out}: ${(bytes / 1e6).toFixed(1)} MB from ${fileList.size} traced files`);
