/** Markup that may be inserted as it is. Only `html` and `trusted` make it. */
export class SafeHtml {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

type Hole = string | number | SafeHtml | false | null | undefined | readonly Hole[];

/**
 * Builds markup in which every inserted string is escaped, for element content and for attributes in double quotes.
 * Lists are joined; `false`, `null` and `undefined` leave nothing behind. Never use it inside script or style elements.
 */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): SafeHtml {
  const literals = withoutIndent(parts);
  const markup: string[] = [literals[0] ?? ''];
  holes.forEach((hole, i) => {
    pushHole(markup, hole);
    markup.push(literals[i + 1] ?? '');
  });
  return new SafeHtml(markup.join(''));
}

/** For constants of the program only (style sheets), never for text that came from outside. */
export function trusted(markup: string): SafeHtml {
  return new SafeHtml(markup);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const withoutIndentCache = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The indentation of the source code would be a third of a table of 5 000 rows. */
function withoutIndent(parts: TemplateStringsArray): readonly string[] {
  const known = withoutIndentCache.get(parts);
  if (known) return known;
  const literals = parts.map((part) => part.replace(/\s*\n\s*/g, '\n'));
  withoutIndentCache.set(parts, literals);
  return literals;
}

function pushHole(markup: string[], hole: Hole): void {
  if (hole === false || hole === null || hole === undefined) return;
  if (hole instanceof SafeHtml) markup.push(hole.toString());
  else if (typeof hole === 'object') for (const inner of hole) pushHole(markup, inner);
  else markup.push(escapeHtml(String(hole)));
}
