import { expect, test } from 'vitest';
import { readServerEvents } from '../../../src/cli/server-events.js';

async function read(...chunks: readonly (string | Uint8Array)[]) {
  const encoder = new TextEncoder();
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
  }
  const events = [];
  for await (const event of readServerEvents(body())) events.push(event);
  return events;
}

test('name and data of each event; comments, ids and retry are left out', async () => {
  const events = await read('retry: 2000\n\n: still here\n\nid: 7\nevent: analysis\ndata: {"a":1}\n\ndata:x\n\n');
  expect(events).toEqual([
    { event: 'analysis', data: '{"a":1}' },
    { event: 'message', data: 'x' },
  ]);
});

test('several data lines are joined', async () => {
  expect(await read('data: a\ndata: b\n\n')).toEqual([{ event: 'message', data: 'a\nb' }]);
});

test.each(['\n', '\r\n', '\r'])('line ends %j', async (end) => {
  const text = ['event: e', 'data: d', '', 'data: f', '', ''].join(end);
  expect((await read(text, 'data: g\n\n')).slice(0, 2)).toEqual([
    { event: 'e', data: 'd' },
    { event: 'message', data: 'f' },
  ]);
});

test('chunks may end anywhere, inside a character too', async () => {
  const bytes = new TextEncoder().encode('event: analysis\r\ndata: "Grüße"\r\n\r\n');
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  expect(await read(...single)).toEqual([{ event: 'analysis', data: '"Grüße"' }]);
});

test('an event that was cut off is not reported', async () => {
  expect(await read('data: whole\n\ndata: hal')).toEqual([{ event: 'message', data: 'whole' }]);
});
