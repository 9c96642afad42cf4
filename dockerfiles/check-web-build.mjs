// node check-web-build.mjs DIR API_URL HEADERS: the built UI is whole (every asset that index.html names is there), has no
// source maps, and gets compressed copies beside the originals for nginx to serve as they are. If the API has another
// origin, the content policy in HEADERS is opened for it.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const [dir, apiUrl, headers] = process.argv.slice(2);
const fail = (message) => {
  console.error(`web build: ${message}`);
  process.exit(1);
};
const index = path.join(dir, 'index.html');
if (!existsSync(index)) fail('index.html is missing');
const assets = [...readFileSync(index, 'utf8').matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+)"/g)].map(
  (match) => match[1],
);
if (assets.length === 0) fail('index.html names no assets');
for (const asset of assets) if (!existsSync(path.join(dir, asset))) fail(`${asset} is named by index.html but missing`);

const files = readdirSync(dir, { recursive: true })
  .map((name) => path.join(dir, String(name)))
  .filter((file) => statSync(file).isFile());
for (const file of files) {
  if (file.endsWith('.map')) fail(`${file} is a source map`);
  if (!/\.(html|js|css|svg|json|txt)$/.test(file)) continue;
  const bytes = readFileSync(file);
  if (/sourceMappingURL=/.test(bytes.toString('utf8'))) fail(`${file} names a source map`);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
}

const isElsewhere = /^https?:/.test(apiUrl);
if (!isElsewhere && apiUrl !== '' && !apiUrl.startsWith('/'))
  fail(`VITE_API_URL must be empty, /a/path or a http(s) URL, not ${apiUrl}`);
writeFileSync(
  headers,
  readFileSync(headers, 'utf8').replaceAll('@API@', isElsewhere ? ` ${new URL(apiUrl).origin}` : ''),
);
console.log(`web build: ${files.length} files, ${assets.length} assets named by index.html, all there`);
