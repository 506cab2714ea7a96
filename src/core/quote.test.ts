import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotePath, quoteWord, quoteWords } from './quote.ts';

/** The words as `sh` reads them. */
function read(text: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', `for word in ${text}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
    env: { HOME: '/home/a b' },
  });
  return stdout.split('\0').slice(0, -1);
}

const hostile = [
  'a b',
  `a'b`,
  `'`,
  '"',
  '$(x)',
  '`x`',
  '$HOME',
  '~',
  '~root',
  '-rf',
  '',
  'a\nb',
  '\\',
  '*',
  '#',
  '=ls',
  'a=b',
  '日本語',
  '!',
];

describe('quoteWords', () => {
  it('is read back as it was', () => expect(read(quoteWords(hostile))).toEqual(hostile));

  it('is read back whatever it was', () => {
    const words = fc.array(fc.string({ unit: 'grapheme' }).filter((word) => !word.includes('\0')));
    fc.assert(
      fc.property(words, (list) => {
        expect(read(quoteWords(list))).toEqual(list);
      }),
      { numRuns: 30 },
    );
  });
});

describe('quoteWord', () => {
  it.each(['plain', '--nodes=2', '/a/b.c', 'a:b,c', 'user@host', '%x_%j.log'])('leaves %s alone', (word) => {
    expect(quoteWord(word)).toBe(word);
  });

  it('refuses NUL, which no argument can hold', () => expect(() => quoteWord('a\0b')).toThrow(RangeError));
});

describe('quotePath', () => {
  it.each([
    ['~', '/home/a b'],
    ['~/', '/home/a b/'],
    ['~/x $y', '/home/a b/x $y'],
    ['~user/x', '~user/x'],
    ['a/~/b', 'a/~/b'],
    ['/a b', '/a b'],
  ])('%s is %s', (path, expected) => expect(read(quotePath(path))).toEqual([expected]));
});
