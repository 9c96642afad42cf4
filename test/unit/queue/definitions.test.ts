import { describe, expect, it } from 'vitest';
import {
  JOB_DEFAULTS,
  deliveryJobId,
  ingestJobId,
  parsePayload,
  quoteJobId,
  reportJobId,
  segmentJobId,
} from '../../../src/queue/definitions.js';
import { newId } from '../../../src/shared/ids.js';

describe('job ids', () => {
  const analysisId = newId('an');
  const assessmentId = newId('as');
  const ids = [
    ingestJobId({ analysisId, run: 1 }),
    segmentJobId({ analysisId, run: 1, segmentIndex: 0 }),
    segmentJobId({ analysisId, run: 1, segmentIndex: 1 }),
    segmentJobId({ analysisId, run: 2, segmentIndex: 0 }),
    reportJobId({ analysisId, run: 1, assessmentId }),
    reportJobId({ analysisId, run: 2, assessmentId }),
    deliveryJobId({ deliveryId: newId('dl') }),
    quoteJobId({ quoteId: newId('qu') }),
  ];

  it('differ for different work', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are accepted by BullMQ: no colon, not only digits', () => {
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9_-]+$/);
  });
});

describe('parsePayload', () => {
  it('accepts what the producer sends', () => {
    const payload = { analysisId: 'an_1', run: 1, segmentIndex: 3 };
    expect(parsePayload('segments', payload)).toEqual(payload);
  });

  it('refuses missing and unknown fields, so that nothing but ids gets into the queue', () => {
    expect(() => parsePayload('ingest', { analysisId: 'an_1' })).toThrow(/unexpected data/);
    expect(() => parsePayload('ingest', { analysisId: 'an_1', run: 1, url: 'https://user:secret@host/' })).toThrow();
    expect(() => parsePayload('segments', { analysisId: 'an_1', run: 1, segmentIndex: -1 })).toThrow();
  });
});

describe('JOB_DEFAULTS', () => {
  it('keeps finished jobs, bounded', () => {
    expect(JOB_DEFAULTS.removeOnComplete.count).toBeGreaterThan(0);
    expect(JOB_DEFAULTS.removeOnFail.age).toBeGreaterThan(JOB_DEFAULTS.removeOnComplete.age);
  });
});
