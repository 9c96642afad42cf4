import { expect, it } from 'vitest';
import { html, trusted } from '../../../src/report/html-template.js';

it('escapes every character that could end a text or an attribute', () => {
  expect(html`<p title="${`"'\``}">${'<b>&</b>'}</p>`.toString()).toBe(
    '<p title="&#34;&#39;&#96;">&#60;b&#62;&#38;&#60;/b&#62;</p>',
  );
});

it('inserts its own markup as it is, and joins lists', () => {
  const items = ['a', '<b>'].map((text) => html`<i>${text}</i>`);
  expect(html`<b>${items}</b>`.toString()).toBe('<b><i>a</i><i>&#60;b&#62;</i></b>');
});

it('leaves nothing behind for what is not there, but keeps zero', () => {
  expect(html`[${false}${null}${undefined}${0}${''}]`.toString()).toBe('[0]');
});

it('does not take a look-alike for its own markup', () => {
  const forged = { toString: () => '<script>' } as unknown as string;
  expect(() => html`${forged}`.toString()).toThrow();
});

it('drops the indentation of the source code but not of inserted text', () => {
  const parts = Object.assign(['<p>\n      ', '\n    </p>'], { raw: [] });
  expect(html(parts, 'a\n   b').toString()).toBe('<p>\na\n   b\n</p>');
});

it('lets constants through on request', () => expect(html`${trusted('a>b')}`.toString()).toBe('a>b'));
