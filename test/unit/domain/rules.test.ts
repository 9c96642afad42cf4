import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES, requiredItems } from '../../../src/domain/rules.js';

describe('rules', () => {
  it('ask for helmet and vest everywhere by default', () => {
    expect(DEFAULT_RULES.required).toEqual(['helmet', 'vest']);
    expect(DEFAULT_RULES.zones).toEqual([]);
  });

  it('list every item that is asked for somewhere once', () => {
    const zone = { name: 'road', polygon: [], required: ['vest', 'gloves'] };
    expect(requiredItems({ ...DEFAULT_RULES, zones: [zone, zone] })).toEqual(['helmet', 'vest', 'gloves']);
  });
});
