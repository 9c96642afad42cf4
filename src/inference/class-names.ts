/**
 * The class names that exporters write into the model: `{0: 'Hardhat', 1: "Worker's vest"}` or a JSON object or list.
 * Null when the text is neither or the ids do not run from 0 without gaps.
 */
export function parseClassNames(text: string): readonly string[] | null {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) return parseList(trimmed);
  const names: string[] = [];
  let count = 0;
  for (const [, id, single, double] of trimmed.matchAll(ENTRY)) {
    names[Number(id)] = unescape(single ?? double ?? '');
    count += 1;
  }
  return count > 0 && names.length === count && !names.includes('') ? names : null;
}

/** `0: 'name'`, `0: "name"` or `"0": "name"`. */
const ENTRY = /["']?(\d{1,4})["']?\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1').trim();
}

function parseList(text: string): readonly string[] | null {
  const names = [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(([, single, double]) =>
    unescape(single ?? double ?? ''),
  );
  return names.length > 0 && !names.includes('') ? names : null;
}
