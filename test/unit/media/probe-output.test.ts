import { describe, expect, it } from 'vitest';
import {
  parseDurationMs,
  parseRatio,
  rotationOf,
  shownSize,
  type ProbeStream,
} from '../../../src/media/probe-output.js';

function stream(change: Partial<ProbeStream> = {}): ProbeStream {
  return { index: 0, codec_type: 'video', width: 720, height: 576, ...change };
}

describe('parseRatio', () => {
  it.each([
    ['25/1', { num: 25, den: 1 }],
    ['16:15', { num: 16, den: 15 }],
    ['0/0', undefined],
    ['0:1', undefined],
    ['N/A', undefined],
    [undefined, undefined],
  ])('%s', (text, ratio) => {
    expect(parseRatio(text)).toEqual(ratio);
  });
});

describe('parseDurationMs', () => {
  it.each([
    ['8.04', 8040],
    ['N/A', null],
    ['0.000000', null],
    ['-1', null],
    [undefined, null],
  ])('%s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
});

describe('rotationOf', () => {
  it.each([
    [-90, 90],
    [90, 270],
    [180, 180],
    [-180, 180],
    [-90.4, 90],
    [45, 0],
    [0, 0],
  ])('a display matrix of %d', (rotation, degrees) => {
    expect(rotationOf(stream({ side_data_list: [{}, { rotation }] }))).toBe(degrees);
  });

  it('reads the tag of old files', () => {
    expect(rotationOf(stream({ tags: { rotate: '90' } }))).toBe(90);
    expect(rotationOf(stream({ tags: { rotate: 'x' } }))).toBe(0);
  });
});

describe('shownSize', () => {
  it('makes pixels square', () => {
    expect(shownSize(stream({ sample_aspect_ratio: '16:15' }))).toEqual({ widthPx: 768, heightPx: 576 });
    expect(shownSize(stream({ width: 704, height: 288, sample_aspect_ratio: '1:2' }))).toEqual({
      widthPx: 352,
      heightPx: 288,
    });
  });

  it('turns afterwards', () => {
    const turned = stream({ sample_aspect_ratio: '16:15', side_data_list: [{ rotation: -90 }] });
    expect(shownSize(turned)).toEqual({ widthPx: 576, heightPx: 768 });
  });

  it('ignores nonsense', () => {
    expect(shownSize(stream({ sample_aspect_ratio: '1000:1' }))).toEqual({ widthPx: 720, heightPx: 576 });
    expect(shownSize(stream({ sample_aspect_ratio: 'N/A' }))).toEqual({ widthPx: 720, heightPx: 576 });
  });
});
