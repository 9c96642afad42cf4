import { describe, expect, it } from 'vitest';
import {
  cleanText,
  formatBytes,
  formatClock,
  formatConfidence,
  formatCount,
  formatDateTime,
  formatDuration,
  formatInterval,
  formatOrdinal,
  formatPercent,
  formatThreshold,
  formatTick,
  formatTime,
  formatTimestamp,
} from '../../../src/report/format.js';

const plain = (text: string | undefined): string | undefined => text?.replaceAll('\u00a0', ' ');

describe('formatTime', () => {
  it.each([
    [0, '00:00.0'],
    [49, '00:00.0'],
    [50, '00:00.1'],
    [7549, '00:07.5'],
    [59_949, '00:59.9'],
    [59_950, '01:00.0'],
    [3_599_950, '1:00:00.0'],
    [3_600_000 + 62_340, '1:01:02.3'],
    [36_000_000, '10:00:00.0'],
  ])('%i ms is %s', (ms, text) => expect(formatTime(ms)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [8249, '8.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00.0 s'],
    [182_400, '3 min 02.4 s'],
    [3_600_000, '1 h 00 min'],
    [7_199_999, '2 h 00 min'],
  ])('%i ms is %s', (ms, text) => expect(plain(formatDuration(ms))).toBe(text));
});

describe('rates', () => {
  it.each([
    [null, 'n/a'],
    [0, '0 %'],
    [1, '100 %'],
    [0.973, '97.3 %'],
    [0.9, '90.0 %'],
    [0.001, '0.1 %'],
    [0.999, '99.9 %'],
  ])('%s is %s', (fraction, text) => expect(plain(formatPercent(fraction))).toBe(text));

  it('writes an interval with one unit, and none without a rate', () => {
    expect(plain(formatInterval(0.612, 1))).toBe('61.2–100 %');
    expect(formatInterval(null, null)).toBe('n/a');
  });

  it('keeps confidence apart from percentages', () => expect(formatConfidence(0.9)).toBe('0.90'));
});

describe('other figures', () => {
  it('rounds a threshold up, so that it is never understated', () => {
    expect(plain(formatThreshold(400))).toBe('0.4 s');
    expect(plain(formatThreshold(833))).toBe('0.84 s');
    expect(plain(formatThreshold(1000))).toBe('1 s');
  });

  it('groups digits', () => {
    expect(plain(formatCount(999))).toBe('999');
    expect(plain(formatCount(5000))).toBe('5 000');
    expect(plain(formatCount(1_247_486))).toBe('1 247 486');
  });

  it('names a size twice', () => {
    expect(plain(formatBytes(512))).toBe('512 bytes');
    expect(plain(formatBytes(1_247_486))).toBe('1.25 MB (1 247 486 bytes)');
    expect(plain(formatBytes(12_108_650))).toBe('12.1 MB (12 108 650 bytes)');
  });

  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [5, '5th'],
    [11, '11th'],
    [12, '12th'],
    [13, '13th'],
    [22, '22nd'],
    [111, '111th'],
  ])('%i is %s', (n, text) => expect(formatOrdinal(n)).toBe(text));

  it('labels ticks by the length of the axis', () => {
    expect(formatTick(500, 500, 3000)).toBe('00:00.5');
    expect(formatTick(90_000, 30_000, 139_000)).toBe('01:30');
    expect(formatTick(1_800_000, 1_800_000, 14_400_000)).toBe('0:30:00');
  });
});

describe('clock times', () => {
  it('keeps the offset of the text, whatever the machine thinks', () => {
    expect(plain(formatDateTime('2025-06-02T07:00:00+02:00'))).toBe('2 June 2025, 07:00:00 UTC+02:00');
    expect(plain(formatDateTime('2025-06-02T07:00:00.000Z'))).toBe('2 June 2025, 07:00:00 UTC');
    expect(plain(formatDateTime('2025-01-01T00:30:00-09:30'))).toBe('1 January 2025, 00:30:00 UTC-09:30');
  });

  it('adds source time, over midnight too', () => {
    expect(formatClock('2025-06-02T23:59:50+05:30', 12_400)).toBe('00:00:02');
    expect(formatTimestamp('2025-06-02T23:59:50+05:30', 12_400)).toBe('2025-06-03 00:00:02');
  });

  it('takes a time without an offset for the clock on the wall, as the breakdown by hour does', () => {
    expect(formatClock('2025-06-02T07:00:00', 1000)).toBe('07:00:01');
    expect(plain(formatDateTime('2025-06-02T07:00'))).toBe('2 June 2025, 07:00:00');
  });

  it('has nothing to say without a time of recording', () => {
    expect(formatClock(null, 0)).toBeUndefined();
    expect(formatClock('2025-13-02T07:00:00Z', 0)).toBeUndefined();
    expect(formatDateTime('yesterday')).toBe('yesterday');
  });
});

describe('cleanText', () => {
  it('takes out what could hide or reorder text and keeps every script', () => {
    expect(cleanText('gate\u202e4pm.exe\r\n\u0000x\u2066')).toBe('gate4pm.exe x');
    expect(cleanText(' Øresund Ąę Πύργος Въезд 北門 ')).toBe('Øresund Ąę Πύργος Въезд 北門');
  });
});
