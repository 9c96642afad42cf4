// node verify-model.mjs MODELS_DIR MODEL_ID OUT: checks one model of manifest.json and packs it for the model image.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const [dir, id, out] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(path.join(dir, 'manifest.json'), 'utf8'));
const entry = manifest.models.find((model) => model.id === id);
const fail = (message) => {
  console.error(`model ${id}: ${message}`);
  process.exit(1);
};
if (!entry) fail(`is not in manifest.json (it has: ${manifest.models.map((model) => model.id).join(', ')})`);

const file = path.join(dir, entry.file);
if (!existsSync(file)) fail(`${entry.file} does not exist beside manifest.json`);
const bytes = readFileSync(file);
if (bytes.length !== entry.sizeBytes)
  fail(`${entry.file} has ${bytes.length} bytes, manifest.json says ${entry.sizeBytes}`);
const sha256 = createHash('sha256').update(bytes).digest('hex');
if (sha256 !== entry.sha256) fail(`${entry.file} has SHA-256 ${sha256}, manifest.json says ${entry.sha256}`);

mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, 'model.gz'), gzipSync(bytes, { level: 9 }));
writeFileSync(path.join(out, 'file'), entry.file);
writeFileSync(path.join(out, 'SHA256SUMS'), `${entry.sha256}  ${entry.file}\n`);
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify({ ...manifest, models: [entry] }, null, 2));
console.log(`model ${id} ${entry.version}: ${bytes.length} bytes, SHA-256 ${sha256}, verified`);
