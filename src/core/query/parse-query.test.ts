import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseQuery } from './parse-query.ts';

describe('what is no expression', () => {
  it.each([
    ['', 1, 'it is empty', /^Write for example/],
    ['a.', 3, 'it ends too early', /^Write for example/],
    ['a..b', 3, '`.` cannot stand here', /^Write/],
    ['foo[', 5, 'behind `[` a number, a slice such as 0:5, or `*` is missing', /^Write/],
    ['foo[0', 6, 'it ends too early', /^Write/],
    ['foo[::0]', 7, 'the step of a slice cannot be 0', /^Write/],
    ['foo[1:2:3:4]', 10, '`:` cannot stand here', /^Write/],
    ['a b', 3, '`b` cannot stand here', /^Write/],
    ["[?a = 'x']", 5, '`=` means nothing here', /Compare with ==/],
    ['[?a == `running`]', 8, '`running` is no JSON', /'running'/],
    ['[?a == `{`]', 8, '`{` is no JSON', /backquotes stands JSON/],
    ["[?a == 'x]", 8, "no ' ends what begins here", /quotes/],
    ['"a\\q"', 1, '`"a\\q"` is no JSON', /text of JSON/],
    ['日.a', 1, '`日` means nothing here', /^Write/],
    ["'😀' + a", 5, '`+` means nothing here', /^Write/],
    ['a.{b}', 5, '`:` is missing before `}`', /^Write/],
    ['{a: b', 6, '`}` is missing', /^Write/],
    ['[a, ]', 5, '`]` cannot stand here', /^Write/],
    ['lenght(@)', 1, 'there is no function `lenght`', /^Did you mean `length`\?$/],
    ['a.b | xyzzy(@)', 7, 'there is no function `xyzzy`', /^There are: abs, avg/],
    ['__proto__(@)', 1, 'there is no function `__proto__`', /^There are/],
    ['length()', 1, 'length takes 1 argument, not 0', /^Write/],
    ['join(@)', 1, 'join takes 2 arguments, not 1', /^Write/],
    ['merge()', 1, 'merge takes at least 1 argument, not 0', /^Write/],
    ['sort_by(@, name)', 12, 'an expression is needed here, with & before it, such as &name', /^Write/],
    ['&name', 1, '`&` stands only before an argument of map, sort_by, max_by or min_by', /^Write/],
    ['"length"(@)', 1, 'the name of a function stands without quotes', /^Write/],
    ['(a', 3, '`)` is missing', /^Write/],
    ['a)', 2, '`)` cannot stand here', /^Write/],
  ])('%s', (text, position, what, hint) => {
    expect(() => parseQuery(text)).toThrow(
      expect.objectContaining({
        message: `--query \`${text}\` cannot be read at position ${position}: ${what}`,
        hint: expect.stringMatching(hint),
        code: 'usage.query',
        exitCode: 2,
      }),
    );
  });

  it.each([
    '('.repeat(3000),
    '!'.repeat(4000),
    '['.repeat(4000),
    'a.'.repeat(2000),
    '[?'.repeat(2000),
    '[]'.repeat(2000),
  ])('but is nested without end is refused before the stack ends: %.6s', (text) =>
    expect(() => parseQuery(text)).toThrow('it is nested too deeply'),
  );

  it('is refused by its length alone, and is not printed in full', () => {
    expect(() => parseQuery(`'${'x'.repeat(5000)}'`)).toThrow(/^.{40,150}it has more than 4096 characters$/);
  });

  it('is told as such, whatever it is', () => {
    const words = [
      'a',
      '.',
      '[',
      ']',
      '[?',
      '{',
      '}',
      '(',
      ')',
      '*',
      '@',
      '&',
      '|',
      '||',
      '!',
      ':',
      ',',
      "'",
      '`',
      '"',
      '-1',
      '==',
      'length',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), { maxLength: 12 }),
        (parts) => {
          try {
            parseQuery(parts.join(''));
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
