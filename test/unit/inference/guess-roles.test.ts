import { describe, expect, it } from 'vitest';
import { guessRoles } from '../../../src/inference/guess-roles.js';

describe('guessRoles', () => {
  it('understands the construction-site classes', () => {
    const names = [
      'Hardhat',
      'Mask',
      'NO-Hardhat',
      'NO-Mask',
      'NO-Safety Vest',
      'Person',
      'Safety Cone',
      'Safety Vest',
      'machinery',
      'vehicle',
    ];
    expect(guessRoles(names)).toEqual({
      person: [5],
      items: {
        helmet: { worn: [0], missing: [2], region: 'head' },
        mask: { worn: [1], missing: [3], region: 'head' },
        vest: { worn: [7], missing: [4], region: 'torso' },
      },
    });
  });

  it('takes a bare head beside helmets for a missing helmet', () => {
    expect(guessRoles(['helmet', 'head', 'person'])).toEqual({
      person: [2],
      items: { helmet: { worn: [0], missing: [1], region: 'head' } },
    });
    expect(guessRoles(['head', 'person']).items).toEqual({});
  });

  it.each([
    ['hard-hat', 'helmet', 'worn'],
    ['hard_hat', 'helmet', 'worn'],
    ['Safety Helmet', 'helmet', 'worn'],
    ['no_helmet', 'helmet', 'missing'],
    ['no helmet', 'helmet', 'missing'],
    ['without helmet', 'helmet', 'missing'],
    ['Not wearing helmet', 'helmet', 'missing'],
    ['no-hard-hat', 'helmet', 'missing'],
    ['Reflective Jacket', 'vest', 'worn'],
    ['hi-vis', 'vest', 'worn'],
    ['no-vest', 'vest', 'missing'],
    ['NoHelmet', 'helmet', 'missing'],
    ['novest', 'vest', 'missing'],
    ['High-Visibility Vest', 'vest', 'worn'],
    ['safety glasses', 'goggles', 'worn'],
    ['Safety-Vest', 'vest', 'worn'],
    ['goggles', 'goggles', 'worn'],
    ['no goggles', 'goggles', 'missing'],
  ] as const)('%s', (name, item, kind) => {
    const other = kind === 'worn' ? 'missing' : 'worn';
    expect(guessRoles([name]).items[item]).toMatchObject({ [kind]: [0], [other]: [] });
  });

  it('leaves out what means nothing here', () => {
    expect(guessRoles(['car', 'noise', 'nonsense', 'harvester', 'whatever'])).toEqual({ person: [], items: {} });
  });
});
