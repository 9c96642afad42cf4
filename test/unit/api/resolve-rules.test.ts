import { describe, expect, it } from 'vitest';
import { defaultRules, resolveRules } from '../../../src/api/resolve-rules.js';
import { HivisError } from '../../../src/shared/errors.js';

const model = { id: 'ppe', items: ['helmet', 'vest'], minConfidence: 0.3 };
const base = defaultRules(model);
const polygon: [number, number][] = [
  [0, 0],
  [1, 0],
  [1, 1],
];

function errorsOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof HivisError) return error.details['errors'];
  }
  return 'nothing thrown';
}

describe('resolveRules', () => {
  it('fills in what a request leaves out', () => {
    expect(resolveRules(undefined, base, model)).toEqual(base);
    expect(resolveRules({ required: ['vest'], mergeGapMs: 0 }, base, model)).toEqual({
      ...base,
      required: ['vest'],
      mergeGapMs: 0,
    });
  });

  it('names every item that the model does not know, and where', () => {
    const request = { required: ['helmet', 'gloves'], zones: [{ name: 'A', polygon, required: ['boots'] }] };
    expect(errorsOf(() => resolveRules(request, base, model))).toEqual([
      { path: 'rules.required.1', message: 'the model ppe does not know gloves; it knows helmet, vest' },
      { path: 'rules.zones.0.required.0', message: 'the model ppe does not know boots; it knows helmet, vest' },
    ]);
  });

  it('refuses rules that nobody could break', () => {
    expect(errorsOf(() => resolveRules({ required: [] }, base, model))).toMatchObject([{ path: 'rules.required' }]);
    const zones = [{ name: 'A', polygon, required: ['helmet'] }];
    expect(resolveRules({ required: [], zones }, base, model).required).toEqual([]);
  });
});

describe('defaultRules', () => {
  it('does not ask a model for what it cannot tell', () => {
    expect(defaultRules({ id: 'vests', items: ['vest'], minConfidence: 0.4 })).toMatchObject({
      required: ['vest'],
      minConfidence: 0.4,
    });
  });
});
