import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeys } from './parse-keys.ts';

describe('parseKeys', () => {
  it.each([
    ['\x1b[A', ['up']],
    ['\x1bOB', ['down']],
    ['\x1b[5~\x1b[6~', ['pageup', 'pagedown']],
    ['\x1b[H\x1b[4~\x1bOF', ['home', 'end', 'end']],
    ['\x1b[1;5A\x1b[6;2~', ['up', 'pagedown']],
    ['q?', ['q', '?']],
    ['日é', ['日', 'é']],
    ['\r\n\x7f\b', ['enter', 'enter', 'backspace', 'backspace']],
    ['\x03\x1a\x0c', ['interrupt', 'suspend', 'redraw']],
    ['\x1b[200~x', ['x']],
    ['\x00\x1c\t', []],
    ['\x1bq', ['escape', 'q']],
    ['', []],
  ])('reads %j as %j', (text, keys) => {
    expect(parseKeys(text)).toEqual({ keys, rest: '' });
  });

  it.each(['\x1b', '\x1b[', '\x1bO', '\x1b[1;'])('waits for the rest of %j', (text) => {
    expect(parseKeys(`a${text}`)).toEqual({ keys: ['a'], rest: text });
  });

  it('reads the same, however the text arrives, but for a lone Esc', () => {
    const part = fc.constantFrom('\x1b[A', '\x1bOF', '\x1b[5~', 'a', ' ', '日', '\x03', '\x1b[99;99z', '😀');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.nat(40), (parts, at) => {
        const text = parts.join('');
        const first = parseKeys(text.slice(0, at));
        const second = parseKeys(first.rest + text.slice(at));
        const isInside = /[\ud800-\udbff]$/.test(text.slice(0, at));
        if (!isInside) expect([...first.keys, ...second.keys]).toEqual(parseKeys(text).keys);
      }),
    );
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { keys, rest } = parseKeys(text);
        expect(rest.length).toBeLessThanOrEqual(32);
        for (const key of keys) expect(key).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
