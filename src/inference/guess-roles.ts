import type { BodyRegion, ClassRoles, ItemRoles } from '../domain/terms.js';

const PERSON = /^(person|persons|people|worker|workers|human|pedestrian|man|woman|employee)$/;
const NEGATION = /^(no|non|not|without|missing|lacks|bare|un)(?=[a-z])/;
/** Words between the negation and the item: "no-safety vest", "not wearing helmet". */
const FILLER = /^(wearing|wear|with|safety|hard(?=helmet)|a|the)/;

const ITEMS: readonly { readonly item: string; readonly region: BodyRegion; readonly name: RegExp }[] = [
  { item: 'helmet', region: 'head', name: /^(hard|safety)?(hat|hats|helmet|helmets)(on)?$|^hardhats?$/ },
  { item: 'vest', region: 'torso', name: /vest|hivis|highvis|reflective(jacket|clothes|clothing)/ },
  { item: 'mask', region: 'head', name: /^(face)?masks?$/ },
  { item: 'goggles', region: 'head', name: /^(goggles?|glasses|eyewear|safetyglasses)$/ },
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
    const plain = className.toLowerCase().replace(/[^a-z]/g, '');
    if (PERSON.test(plain)) person.push(classId);
    const isMissing = NEGATION.test(plain);
    const positive = isMissing ? stripFillers(plain.replace(NEGATION, '')) : stripFillers(plain);
    const known = ITEMS.find(({ name }) => name.test(positive) || name.test(plain.replace(NEGATION, '')));
    if (known === undefined) continue;
    const roles = (items[known.item] ??= { worn: [], missing: [], region: known.region });
    (isMissing ? roles.missing : roles.worn).push(classId);
  }
  const bareHead = classNames.findIndex((name) => /^heads?$/i.test(name.trim()));
  const helmet = items['helmet'];
  if (bareHead !== -1 && helmet !== undefined && helmet.worn.length > 0) helmet.missing.push(bareHead);
  return { person, items: items satisfies Record<string, ItemRoles> };
}

function stripFillers(plain: string): string {
  return plain.replace(FILLER, '').replace(FILLER, '');
}
