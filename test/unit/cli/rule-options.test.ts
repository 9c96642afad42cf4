import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseItems, parseZonesFile, readRules, wholeNumberParser } from '../../../src/cli/rule-options.js';

function zonesFile(content: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hivis-zones-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'zones.json');
  writeFileSync(file, content);
  return file;
}

const ZONE = { name: 'Bay', polygon: [[0, 0], [1, 0], [1, 1]], required: ['helmet'] }; // prettier-ignore

test.each(['0', '-1', '1.5', '1e3', '', 'five', '0x10', '10001'])('%j is no whole number from 1 to 10000', (text) => {
  expect(() => wholeNumberParser(1, 10_000)(text)).toThrow('whole number from 1 to 10000');
});

test('a whole number', () => {
  expect(wholeNumberParser(1, 10_000)('5')).toBe(5);
});

test('items may have blanks around them', () => {
  expect(parseItems(' helmet, vest ,')).toEqual(['helmet', 'vest']);
});

test.each(['', ',', 'Helmet', 'helmet,helmet', 'a b'])('%j are no items', (text) => {
  expect(() => parseItems(text)).toThrow('names separated by commas');
});

test('zones are a list, alone or under a name', () => {
  expect(parseZonesFile(zonesFile(JSON.stringify([ZONE])))).toEqual([ZONE]);
  expect(parseZonesFile(zonesFile(JSON.stringify({ zones: [ZONE] })))).toEqual([ZONE]);
});

test.each([
  ['not JSON', '{', /cannot be read as JSON/],
  ['no list', '{"a":1}', /zones/],
  ['a point outside the picture', JSON.stringify([{ ...ZONE, polygon: [[0, 0], [2, 0], [1, 1]] }]), /zones\.0\.polygon\.1\.0/], // prettier-ignore
  ['an outline that crosses itself', JSON.stringify([{ ...ZONE, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]] }]), /crosses/], // prettier-ignore
])('zones: %s', (_case, content, message) => {
  expect(() => parseZonesFile(zonesFile(content))).toThrow(message);
});

test('a zones file that is not there', () => {
  expect(() => parseZonesFile('/nowhere/zones.json')).toThrow(/ENOENT/);
});

test('rules are what was said and nothing else', () => {
  expect(readRules({ required: ['helmet'], minViolationMs: 0 })).toEqual({ required: ['helmet'], minViolationMs: 0 });
  expect(readRules({})).toBeUndefined();
});
