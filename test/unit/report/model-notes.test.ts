import { expect, it } from 'vitest';
import { modelNotes } from '../../../src/report/model-notes.js';

it('says what was measured, on what, and class by class', () => {
  const quality = {
    dataset: '90 photos',
    map50: 0.593,
    map50To95: 0.314,
    map50ByClass: { Hardhat: 0.818, 'NO-Hardhat': 0.257 },
  };
  expect(modelNotes(quality)).toEqual([
    'Quality of the model, measured on 90 photos: average precision (mAP50) 0.59 over all classes; Hardhat 0.82, NO-Hardhat 0.26. The lower the figure, the more it misses or mistakes.',
  ]);
});

it('says nothing of a model that nobody measured', () => {
  expect([undefined, {}, { map50: 'good' }].map(modelNotes)).toEqual([[], [], []]);
  expect(modelNotes({ map50: 0.5, map50ByClass: ['x'] })).toEqual([
    'Quality of the model, measured: average precision (mAP50) 0.50 over all classes.',
  ]);
});
