import { describe, expect, it } from 'vitest';
import { parseClassNames } from '../../../src/inference/class-names.js';

describe('parseClassNames', () => {
  it('reads a Python dictionary with either kind of quotes', () => {
    expect(parseClassNames(`{0: 'Hardhat', 1: "Worker's vest", 2: 'it\\'s'}`)).toEqual([
      'Hardhat',
      "Worker's vest",
      "it's",
    ]);
  });

  it('puts names where their ids say', () => {
    expect(parseClassNames("{1: 'b', 0: 'a'}")).toEqual(['a', 'b']);
  });

  it('reads JSON objects and lists', () => {
    expect(parseClassNames('{"0": "a", "1": "b"}')).toEqual(['a', 'b']);
    expect(parseClassNames("['a', 'b']")).toEqual(['a', 'b']);
  });

  it.each(['', '{}', '[]', 'names', "{0: 'a', 2: 'c'}", "{0: ''}"])('gives up on %j', (text) => {
    expect(parseClassNames(text)).toBeNull();
  });

  it('keeps a name that looks like an entry', () => {
    expect(parseClassNames(`{0: "7: 'x'", 1: 'y'}`)).toEqual(["7: 'x'", 'y']);
  });
});
