import { expect, test } from 'vitest';
import { describeProgress } from '../../../src/cli/progress-view.js';
import { analysisView } from '../../support/analysis-view.js';

test('waiting', () => {
  expect(describeProgress(analysisView())).toEqual({ label: 'Waiting for a worker', percent: null, detail: '' });
});

test('downloading with and without a known size', () => {
  const progress = { bytesDone: 12_300_000, bytesTotal: 45_000_000, percent: 4 };
  const source = { ...analysisView().source, url: 'https://videos.example.com/gate.mp4', uploadId: null };
  expect(describeProgress(analysisView({ status: 'downloading', progress, source }))).toEqual({
    label: 'Downloading',
    percent: 4,
    detail: '12.3 MB of 45.0 MB',
  });
  const unknown = { ...progress, bytesTotal: null };
  expect(describeProgress(analysisView({ status: 'downloading', progress: unknown })).detail).toBe('12.3 MB');
});

test('an upload is not called a download', () => {
  expect(describeProgress(analysisView({ status: 'downloading' })).label).toBe('Reading the video');
});

test('analysing counts frames and, once known, the time left', () => {
  const progress = { framesDone: 23, framesTotal: 36, percent: 63.9 };
  expect(describeProgress(analysisView({ status: 'analyzing', progress }))).toEqual({
    label: 'Analysing',
    percent: 63.9,
    detail: '23 of 36 frames',
  });
  const withEta = { ...progress, etaSeconds: 95 };
  expect(describeProgress(analysisView({ status: 'analyzing', progress: withEta })).detail).toBe(
    '23 of 36 frames, 1 min 35 s left',
  );
});
