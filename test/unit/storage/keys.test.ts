import { describe, expect, test } from 'vitest';
import {
  analysisPrefix,
  assessmentPrefix,
  evidenceFile,
  evidenceKey,
  reportKey,
  sourceKey,
  sourcePrefix,
  uploadKey,
} from '../../../src/storage/keys.js';
import { checkDeletablePrefix, checkKey, checkPrefix } from '../../../src/storage/storage-key.js';

describe('keys', () => {
  test('say where everything lies', () => {
    expect(sourceKey('an_1', 2, '.mp4')).toBe('sources/an_1/2/source.mp4');
    expect(uploadKey('up_1')).toBe('uploads/up_1');
    expect(reportKey('an_1', 'as_1', 'pdf')).toBe('analyses/an_1/as_1/report.pdf');
    expect(evidenceKey('an_1', 'as_1', 7)).toBe('analyses/an_1/as_1/evidence/violation-007.jpg');
    expect(evidenceFile(1_234)).toBe('evidence/violation-1234.jpg');
  });

  test('are valid, and lie below the prefixes that delete them', () => {
    expect(checkKey(sourceKey('an_1', 1, '.ts'))).toContain(sourcePrefix('an_1'));
    expect(checkKey(evidenceKey('an_1', 'as_1', 1))).toContain(assessmentPrefix('an_1', 'as_1'));
    expect(assessmentPrefix('an_1', 'as_1')).toContain(analysisPrefix('an_1'));
    expect(checkDeletablePrefix(analysisPrefix('an_1'))).toBe(analysisPrefix('an_1'));
  });
});

describe('checkKey', () => {
  test.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../b',
    'a/./b',
    'a//b',
    'a/',
    './a',
    '.hidden',
    'a/.hidden',
    'a\\b',
    'C:',
    'a b',
    'a\u0000b',
    'a\nb',
    'ä',
    'a%2f..',
    `a/${'b'.repeat(201)}`,
    'a/'.repeat(400) + 'b',
  ])('refuses %j', (key) => {
    expect(() => checkKey(key)).toThrow(/Not a storage key/);
  });
});

test('a prefix is a folder, with or without its slash; everything is never deleted', () => {
  expect(checkPrefix('analyses/an_1')).toBe('analyses/an_1/');
  expect(checkPrefix('analyses/an_1/')).toBe('analyses/an_1/');
  expect(checkPrefix('')).toBe('');
  expect(() => checkPrefix('../x')).toThrow();
  expect(() => checkPrefix('a//')).toThrow();
  expect(() => checkDeletablePrefix('')).toThrow();
  expect(() => checkDeletablePrefix('/')).toThrow();
});
