import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { represent } from './represent.ts';
import { argsNeeded, type PythonFault, type PythonResult, readPython, runPython } from './run-python.ts';

const noArgs = { names: [], get: () => undefined };

function run(code: string): PythonResult | PythonFault {
  const program = readPython(code);
  return 'message' in program ? program : runPython(program, noArgs);
}

/** `repr()` of the result, or `!` and the error. */
function outcome(code: string): string {
  const result = run(code);
  if ('message' in result) return `!${result.message}`;
  const args = { type: 'args', ...noArgs } as const;
  return represent(result.exact, { steps: 1e6, level: 0, at: 0, args });
}

function fault(code: string): PythonFault {
  const result = run(code);
  if ('message' in result) return result;
  throw new Error(`${code} gave ${result.arg.text}`);
}

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Each row: code, and what Python 3.13.0 itself said: `repr()` of the value, or `!` and the type of the error. */
describe('what Python 3.13 prints', () => {
  const rows = JSON.parse(readFileSync(join(root, 'test/fixtures/python/expectations.json'), 'utf8')) as [
    string,
    string,
  ][];

  it('is what it prints here, and errors are of the same type', () => {
    const wrong = rows.flatMap(([code, expected]) => {
      const found = outcome(code);
      const shown = found.startsWith('!') ? (found.split(':')[0] ?? '') : found;
      return shown === expected ? [] : [{ code, expected, found }];
    });
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(1000);
  });
});

describe('an error', () => {
  it.each([
    ['1 / 0', 'ZeroDivisionError: division by zero', 2],
    ['2 * (1 + "a")', "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 7],
    ['"a" + 1', 'TypeError: can only concatenate str (not "int") to str', 4],
    ['[1, 2][5]', 'IndexError: list index out of range', 6],
    ['{"a": 1}["b"]', "KeyError: 'b'", 8],
    ['int("x")', "ValueError: invalid literal for int() with base 10: 'x'", 3],
    ['1 +', 'SyntaxError: the end has no meaning here', 3],
    ['(1', 'SyntaxError: `(` was never closed', 0],
    ['x = 1\n  y = 2', 'SyntaxError: unexpected indent', 8],
    ['a = 1\nresult = a / 0', 'ZeroDivisionError: division by zero', 17],
    ['f"{1}{2 / 0}"', 'ZeroDivisionError: division by zero', 8],
    ['[1 / x for x in [1, 0]]', 'ZeroDivisionError: division by zero', 3],
    ['(x for x in [1])', 'TypeError: a generator has no text', 0],
    ['nope', 'NameError: `nope` is undefined', 0],
    ['datetime.date(2024, 1, 2).foo', "AttributeError: 'datetime.date' object has no attribute 'foo'", 26],
  ])('of %j says what and where', (code, message, offset) => {
    const found = fault(code);
    expect(found.message).toBe(message);
    expect(found.offset).toBe(offset);
    expect(found.hint).not.toBe('');
  });
});

describe('what is not available', () => {
  it.each([
    ['lambda x: x', '`lambda`'],
    ['import os', '`import`'],
    ['from os import path', '`import`'],
    ['def f(): pass', 'a function (`def`)'],
    ['class A: pass', 'a class (`class`)'],
    ['for i in [1]: i', 'a loop (`for`)'],
    ['while 1: 1', 'a loop (`while`)'],
    ['if 1: 2', 'a statement that begins with `if`'],
    ['with x: 1', '`with`'],
    ['try: 1', '`try`'],
    ['return 1', '`return`'],
    ['del x', '`del`'],
    ['pass', '`pass`'],
    ['(x := 1)', 'an assignment in an expression (`:=`)'],
    ['[*[1]]', 'unpacking with `*`'],
    ['{**{}}', 'unpacking with `**`'],
    ['max(*[1])', 'unpacking with `*`'],
    ['dict(**{})', 'unpacking with `**`'],
    ['a, b = 1, 2', 'an assignment to several names'],
    ['a = b = 1', 'an assignment to several names'],
    ['a += 1', 'the assignment `+=`'],
    ['a: int = 1', 'a type behind a name, or a statement with `:`'],
    ['a.b = 1', 'an assignment to a part of a value'],
    ['1 | 2', 'the operator `|`'],
    ['1 << 2', 'the operator `<<`'],
    ['~1', 'the sign `~` before a value'],
    ['+1', 'the sign `+` before a value'],
    ['1 is 1', '`is` with anything but None, True and False'],
    ['"".__class__', 'the attribute `__class__`'],
    ['args._x', 'the attribute `_x`'],
    ['f"{x._x}"', 'the attribute `_x`'],
    ['b"x"', 'a text of bytes (`b"..."`)'],
    ['1j', 'a complex number'],
    ['...', '`...`'],
    ['await x', '`await`'],
    ['yield 1', '`yield`'],
  ])('is named: %s', (code, what) => {
    expect(fault(code).message).toBe(`${what} is not available in \`python:\` values`);
  });

  it.each(['datetime.datetime.now()', 'datetime.date.today()', 'datetime.datetime.utcnow()'])(
    '%s: no clock',
    (code) => {
      expect(fault(code).message).toContain('`python:` values have no clock');
      expect(fault(code).hint).toContain('--arg');
    },
  );

  it('is the inside of a value in a format', () => {
    expect(fault('"{0.__class__}".format(1)').message).toContain('not available');
    expect(fault('"{0[a]}".format({"a": 1})').message).toContain('not available');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('is the inside of JavaScript: %s', (name) => {
    for (const code of [name, `math.${name}`, `"".${name}`, `{}["${name}"]`, `datetime.date(2024, 1, 2).${name}`]) {
      expect(outcome(code)).toMatch(/^!/);
    }
    expect(outcome(`{"${name}": 1}["${name}"]`)).toBe('1');
  });
});

describe('a limit', () => {
  const lines = (make: (index: number) => string, count: number) =>
    Array.from({ length: count }, (_, index) => make(index)).join('\n');
  const nasty: readonly (readonly [string, string])[] = [
    ['9**9**9', 'bits'],
    ['2**10**6', 'bits'],
    ['math.factorial(10**6)', 'bits'],
    ['math.comb(10**6, 5 * 10**5)', ''],
    ['"x" * 10**12', 'repeated too often'],
    ['[0] * 10**9', 'repeated too often'],
    ['[[y for y in range(10**6)] for x in range(10**6)]', 'items'],
    ['[0 for a in range(10**5) for b in range(10**5) if 0]', 'too much work'],
    ['list(range(10**9))', 'items'],
    ['sum(range(10**9))', 'too much work'],
    ['sorted([str(i * 7919 % 50000) for i in range(19000)])', 'too much work'],
    ['f"{1:1000000000}"', 'wider'],
    ['"%1000000000d" % 1', 'wider'],
    ['"{:{}}".format(1, 10**9)', 'wider'],
    ['"x".zfill(10**9)', 'wider'],
    ['format(1.5, ".1000000000f")', 'wider'],
    [`${'('.repeat(5000)}1${')'.repeat(5000)}`, 'nested'],
    ['['.repeat(15_000), 'nested'],
    [`${'-'.repeat(15_000)}1`, 'nested'],
    [`1${'+1'.repeat(9000)}`, 'nested'],
    [`x${'.a'.repeat(9000)}`, 'nested'],
    [`${'1 if 1 else '.repeat(1500)}1`, 'nested'],
    [`[x${' for x in [1]'.repeat(1000)}]`, 'loops'],
    ['f"{'.repeat(5000), ''],
    ['1;'.repeat(20_000), 'the code has more than'],
    [lines((index) => (index === 0 ? 'x0 = []' : `x${index} = [x${index - 1}]`), 500), 'nested'],
    [
      `${lines((index) => `g${index} = (y for q in [1] for y in ${index === 0 ? '[1]' : `g${index - 1}`})`, 300)}\nresult = list(g299)`,
      'nested',
    ],
    [`g = [1]\n${lines(() => 'g = [g, g]', 60)}\nresult = str(g)`, ''],
    [`g = (1,)\n${lines(() => 'g = (g, g)', 60)}\nresult = {g: 1}`, ''],
    [`g = [1]\nh = [1]\n${lines(() => 'g = [g, g]\nh = [h, h]', 60)}\nresult = g == h`, 'too much work'],
    [`x = "ab"\n${lines(() => 'x = x + x', 60)}`, 'characters'],
    [`x = 3\n${lines(() => 'x = x * x', 60)}`, 'bits'],
    ['[("a" * 100000).replace("a", "b") for i in range(10**5)]', 'too much work'],
    ['[int("z" * 4000, 36) for i in range(10**6)]', 'too much work'],
    ['[math.gcd(2**32000 - 1, 3**20000) for i in range(10**5)]', 'too much work'],
    ['str(10**4300)', '4300 digits'],
    ['10**4300', '4300 digits'],
    ['int("9" * 5000)', '4300 digits'],
  ];

  it.each(nasty)('%.60s', (code, words) => {
    const began = performance.now();
    const { message, hint } = fault(code);
    // A tenth of a second on an idle machine; others may use this one.
    expect(performance.now() - began).toBeLessThan(1000);
    expect(message).toContain(words);
    expect(hint).not.toBe('');
  });

  it('is far above what people write', () => {
    expect(outcome('len([x * 0.5 ** 2 for x in range(5000) if x % 2])')).toBe('2500');
    expect(outcome('len([round(0.1 * 0.999 ** i, 6) for i in range(2000)])')).toBe('2000');
    expect(outcome('sum(range(10000))')).toBe('49995000');
    expect(outcome('len(f"{2**1000}" * 100)')).toBe('30200');
  });
});

describe('whatever is written', () => {
  const token = fc.constantFrom(
    ...'1 0 -1 2.5 "a" \'b\' f"{x}" x args math datetime ( ) [ ] { } , : . + - * / // % ** == < in not is and or if else for None True'.split(
      ' ',
    ),
    ...[
      'lambda',
      '\n',
      ' ',
      '=',
      ':=',
      '!',
      '=',
      ';',
      '#',
      '\\',
      'r"',
      'f"{',
      '}"',
      '"""',
      '1e5',
      '0x1f',
      'range(9)',
      '.format(',
      '.split(',
      '%d',
      '_',
    ],
  );

  it('is a value or an error of its own, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
        const result = run(tokens.join(' '));
        if ('message' in result) expect(result.offset).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => void run(text)),
      { numRuns: 1000 },
    );
  });

  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(
        '0',
        '1',
        '-3',
        '2.5',
        '1e300',
        '2**70',
        '"a"',
        '""',
        'None',
        'True',
        '[]',
        '{}',
        '()',
        'math.inf',
        'math.nan',
        'datetime.date(2024, 2, 29)',
        'datetime.timedelta(1)',
        'range(3)',
        '{1}',
      ),
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom('+', '-', '*', '/', '//', '%', '**', '==', '<', 'in', 'and', 'or'),
          tie('expression'),
        )
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc
        .tuple(
          fc.constantFrom(
            'int',
            'float',
            'str',
            'bool',
            'list',
            'dict',
            'tuple',
            'len',
            'abs',
            'round',
            'min',
            'max',
            'sum',
            'sorted',
            'range',
            'format',
            'repr',
            'any',
            'zip',
            'enumerate',
            'math.floor',
            'math.log',
            'math.factorial',
          ),
          fc.array(tie('expression'), { maxLength: 3 }),
        )
        .map(([name, args]) => `${name}(${args.join(', ')})`),
      fc.tuple(tie('expression'), tie('expression')).map(([value, index]) => `${value}[${index}]`),
      fc.tuple(tie('expression'), tie('expression')).map(([value, source]) => `[${value} for x in ${source}]`),
    ),
  }));

  it('holds for expressions', () => {
    fc.assert(
      fc.property(expression, (code) => void run(code)),
      { numRuns: 3000 },
    );
  });
});

describe('the args that code needs', () => {
  it.each([
    ['args.a + args["b"]', ['a', 'b'], false],
    ['a * 2', ['a'], false],
    ['len(a) + max(b, 1)', ['a', 'b'], false],
    ['a = 1\nresult = a', [], false],
    ['[x for x in a]', ['a'], false],
    ['args[name]', ['name'], true],
    ['sorted(args)', [], true],
    ['"x" in args', [], false],
    ['"x" in args and args.x', ['x'], false],
    ['f"{args.a:{b}}"', ['a', 'b'], false],
    ['math.pi', [], false],
  ])('%j', (code, names, any) => {
    const program = readPython(code);
    if ('message' in program) throw new Error(program.message);
    const needed = argsNeeded(program);
    expect([[...needed.names].sort(), needed.any]).toEqual([names, any]);
  });
});
