const FALLBACK = 'video';
const MAX_BYTES = 180;

/**
 * The name of a downloaded file for people to read: from the answer's content-disposition, else from the address that
 * was asked for, else from the one it led to. It is shown and stored, never used as a path.
 */
export function chooseFileName(disposition: string | null, asked: URL, final: URL): string {
  const given = sanitizeFileName(nameFromDisposition(disposition));
  const paths = [asked, final].map((url) => sanitizeFileName(nameFromPath(url)));
  const withExtension = paths.filter((name) => /\.[A-Za-z0-9]{1,5}$/.test(name));
  return [given, ...withExtension, ...paths].find((name) => name !== '') ?? FALLBACK;
}

/** A single path segment without control, format, separator or reserved characters; '' when nothing is left. */
export function sanitizeFileName(name: string | null): string {
  if (name === null) return '';
  const lastSegment = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = lastSegment
    .replace(/\p{C}|[<>:"|?*]/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  return shorten(clean);
}

/** Keeps the extension; cuts between characters, never inside one. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  const characters = Array.from(name.slice(0, name.length - extension.length));
  while (Buffer.byteLength(characters.join('')) > MAX_BYTES - Buffer.byteLength(extension)) characters.pop();
  return characters.join('') + extension;
}

/** RFC 6266: `filename*=UTF-8''…` wins over `filename="…"`. */
function nameFromDisposition(disposition: string | null): string | null {
  if (disposition === null) return null;
  const extended = /(?:^|;)\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;]+)/i.exec(disposition);
  if (extended?.[2] !== undefined) {
    const encoded = extended[2].trim();
    return extended[1]?.toLowerCase() === 'utf-8' ? decodePercent(encoded) : unescapeLatin1(encoded);
  }
  const plain = /(?:^|;)\s*filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/i.exec(disposition);
  if (plain === null) return null;
  const value = plain[1]?.replace(/\\(.)/g, '$1') ?? plain[2]?.trim() ?? '';
  // Servers write UTF-8 here although the header is Latin-1.
  // eslint-disable-next-line no-control-regex -- beyond Latin-1: decoded already
  if (/[^\u0000-\u00ff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') ? value : text;
}

function nameFromPath(url: URL): string | null {
  return decodePercent(url.pathname.split('/').findLast((segment) => segment !== '') ?? '');
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unescapeLatin1(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
