import { describe, expect, it } from 'vitest';
import { createTail } from '../../../src/media/tail.js';

describe('createTail', () => {
  it('keeps the end', () => {
    const tail = createTail(5);
    tail.append('abc');
    tail.append(Buffer.from('defg'));
    expect(tail.text()).toBe('cdefg');
  });

  it('does not keep more of a long piece', () => {
    const tail = createTail(4);
    tail.append('x'.repeat(1_000_000) + 'end!');
    expect(tail.text()).toBe('end!');
  });

  it('is empty at first', () => {
    expect(createTail(4).text()).toBe('');
  });
});
