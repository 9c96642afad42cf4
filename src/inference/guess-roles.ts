import type { BodyRegion, ClassRoles, ItemRoles } from '../domain/terms.js';

const PERSON = /^(persons?|people|workers?|humans?|pedestrians?|man|woman|employees?)$/;
const NEGATIONS: ReadonlySet<string> = new Set(['no', 'non', 'not', 'without', 'missing', 'lacks', 'bare']);
/** Words that say nothing about which item it is. */
const FILLERS: ReadonlySet<string> = new Set(['wearing', 'wear', 'wears', 'with', 'safety', 'a', 'the', 'on', 'ppe']);

const ITEMS: readonly { readonly item: string; readonly region: BodyRegion; readonly name: RegExp }[] = [
  { item: 'helmet', region: 'head', name: /^(hard)?(hats?|helmets?)$/ },
  {
    item: 'vest',
    region: 'torso',
    name: /^(hivis|highvis|highvisibility)$|^(reflective|hivis|highvis|highvisibility)(jackets?|clothes|clothing)$|^\w*vests?$/,
  },
  { item: 'mask', region: 'head', name: /^(face)?masks?$/ },
  { item: 'goggles', region: 'head', name: /^(goggles?|glasses|eyewear)$/ },
  { item: 'ear protection', region: 'head', name: /^ear(muffs?|plugs?|protection)$/ },
  { item: 'harness', region: 'torso', name: /^harness$/ },
];

/**
 * What the classes of a model probably mean, by their names: `NO-Hardhat`, `no_helmet`, `without helmet` are a missing
 * helmet; a class `head` beside a helmet class is a bare head, as in the well-known hard-hat data sets.
 * Classes that mean nothing here are left out. The manifest can say it better.
 */
export function guessRoles(classNames: readonly string[]): ClassRoles {
  const person: number[] = [];
  const items: Record<string, { worn: number[]; missing: number[]; region: BodyRegion }> = {};
  for (const [classId, className] of classNames.entries()) {
    const { isMissing, name } = readName(className);
    if (!isMissing && PERSON.test(name)) person.push(classId);
    const known = ITEMS.find((item) => item.name.test(name));
    if (known === undefined) continue;
    const roles = (items[known.item] ??= { worn: [], missing: [], region: known.region });
    (isMissing ? roles.missing : roles.worn).push(classId);
  }
  const bareHead = classNames.findIndex((name) => /^heads?$/i.test(name.trim()));
  const helmet = items['helmet'];
  if (bareHead !== -1 && helmet !== undefined && helmet.worn.length > 0) helmet.missing.push(bareHead);
  return { person, items: items satisfies Record<string, ItemRoles> };
}

/** `NO-Safety Vest` → missing, `vest`; `noHelmet` and `nohelmet` → missing, `helmet`. */
function readName(className: string): { readonly isMissing: boolean; readonly name: string } {
  const words = className
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/^no(?=(hard)?(hat|helmet)|vest|mask|goggles)/, 'no ')
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const name = words.filter((word) => !NEGATIONS.has(word) && !FILLERS.has(word)).join('');
  return { isMissing: words.some((word) => NEGATIONS.has(word)), name };
}
