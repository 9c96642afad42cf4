import { describe, expect, it } from 'vitest';
import {
  detectionFloorSentence,
  incompleteNotice,
  incompleteReason,
  listWords,
  reasonWords,
  shortReason,
  verdictWords,
} from '../../../src/report/words.js';
import {
  compliantReport,
  cutOffReport,
  demoReport,
  partialReport,
  reportOf,
} from '../../fixtures/reports/sample-reports.js';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('reasons', () => {
  it('are plain words about the part of the body', () => {
    expect(reasonWords('missing_class_detected', 'helmet')).toBe('The model recognised a head without helmet.');
    expect(reasonWords('absent_on_visible_region', 'vest')).toBe(
      'The torso is in clear view and no vest was found on it.',
    );
    expect(shortReason('absent_on_visible_region', 'safety_goggles')).toBe('No safety goggles on visible body part');
  });

  it('are readable even when they are new', () => expect(reasonWords('low_light', 'helmet')).toBe('Low light.'));
});

describe('verdictWords', () => {
  it('names the smallest violation that would have counted', () => {
    expect(plain(verdictWords(compliantReport()).sentence)).toBe(
      '1 person seen, and no required item was missing for 1 s or longer.',
    );
  });

  it('warns when most of the time could not be judged', () => {
    const report = reportOf([
      {
        lanes: {
          helmet: [
            ['worn', 0, 1000],
            ['unknown', 1000, 9000],
          ],
          vest: [['worn', 0, 9000]],
        },
      },
    ]);
    expect(verdictWords(report).sentence).toContain('More than half of the time could not be judged');
  });

  it('names the items that could not be judged on anybody', () => {
    const report = reportOf([{ lanes: { helmet: [['unknown', 0, 9000]], vest: [['worn', 0, 9000]] } }]);
    expect(verdictWords(report)).toMatchObject({ tone: 'unsure', headline: 'Could not be judged' });
    expect(plain(verdictWords(report).sentence)).toContain('1 person seen, but helmet could not be judged on anybody');
  });
});

it('does not blame the picture when the rules require nothing', () => {
  const report = demoReport();
  report.violations = [];
  report.summary = { ...report.summary, verdict: 'indeterminate', violations: 0, items: {} };
  expect(plain(verdictWords(report).sentence)).toBe(
    '4 persons seen. The rules require no item of anybody, so there was nothing to judge.',
  );
});

describe('incompleteNotice', () => {
  it('counts what shows the gap', () => {
    expect(plain(incompleteNotice(partialReport()) ?? '')).toBe('Incomplete: analysed until 00:15.0 of 02:19.4');
    expect(plain(incompleteNotice(cutOffReport()) ?? '')).toBe('Incomplete: 180 of 1 673 frames are in the file');
    const holes = cutOffReport();
    holes.completeness = { ...holes.completeness, framesExpected: 180, framesAnalyzed: 30 };
    expect(plain(incompleteNotice(holes) ?? '')).toBe('Incomplete: 30 of 36 sampled frames analysed');
    expect(incompleteNotice(demoReport())).toBeUndefined();
  });
});

describe('incompleteReason', () => {
  it.each([
    ['the_file_ends early', 'The file ends early.'],
    ['It is cut off. It promises more.', 'It is cut off. It promises more.'],
    [null, 'The reason was not recorded.'],
  ])('is one sentence: %s', (reason, sentence) => {
    const report = cutOffReport();
    report.completeness.reason = reason;
    expect(incompleteReason(report)).toBe(sentence);
  });
});

describe('detectionFloorSentence', () => {
  it('speaks of every frame, and of no rate where there is none', () => {
    const report = demoReport();
    report.analysis.settings.everyNFrames = 1;
    report.source.fps = null;
    expect(plain(detectionFloorSentence(report))).toBe('Sampled every frame: violations under 0.84 s can be missed.');
  });
});

it('joins lists as people do', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listWords)).toEqual(['', 'a', 'a and b', 'a, b and c']);
});
