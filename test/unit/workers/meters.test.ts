import { expect, it } from 'vitest';
import { Meters } from '../../../workers/meters.js';

it('reports what was added since the last time, and nothing twice or never', async () => {
  const meters = new Meters();
  const sent: Record<string, number>[] = [];
  const send = (amounts: Record<string, number>): Promise<void> => Promise.resolve(void sent.push(amounts));
  meters.add('framesAnalyzed', 10);
  meters.add('decodeMs', 1.4);
  await meters.report(send);
  meters.add('framesAnalyzed', 5);
  meters.add('decodeMs', 1.4);
  await expect(meters.report(() => Promise.reject(new Error('database away')))).rejects.toThrow('away');
  meters.add('framesAnalyzed', 1);
  await meters.report(send);
  expect(sent.map((amounts) => amounts['frames_analyzed'])).toEqual([10, 6]);
  expect(sent.map((amounts) => amounts['decode_ms'])).toEqual([1, 2]);
  expect(meters.read()).toMatchObject({ framesAnalyzed: 16, decodeMs: 3 });
});
