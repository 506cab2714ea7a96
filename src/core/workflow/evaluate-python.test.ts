import { describe, expect, it } from 'vitest';
import { planFailure, planText } from '../../../test/support/plan-text.ts';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { createArgScope } from './arg-scope.ts';
import { childNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { renderTemplate } from './render-template.ts';
import { parseTemplate } from './template.ts';
import { readWorkflowFile } from './workflow-file.ts';

const allowed = { python: 'allowed' } as const;

const renderer = createRenderer();

/** What `{{ x }}` or another template prints. */
function printed(args: string, template = '{{ x }}', overrides: Readonly<Record<string, string>> = {}): string {
  const file = `args:\n  ${args.replaceAll('\n', '\n  ')}\n`;
  const node = childNode(readWorkflowFile(file, 'flow.yaml'), 'args');
  const problems: Problem[] = [];
  const entries = node?.kind === 'map' ? node.entries : new Map();
  const scope = createArgScope({ args: entries, overrides, renderer, problems, python: { file } });
  const parsed = parseTemplate(template);
  const values = scope.valuesFor(parsed);
  expect(problems).toEqual([]);
  const rendered = renderTemplate(parsed, { values: values ?? new Map(), renderer });
  return 'text' in rendered ? rendered.text : rendered.fault;
}

function failure(args: string, overrides: Readonly<Record<string, string>> = {}) {
  const text = `args:\n  ${args.replaceAll('\n', '\n  ')}\njobs:\n  - {name: a, command: "echo {{ x }}"}\n`;
  const error = planFailure(text, { ...allowed, overrides });
  return { message: error.message.replace('flow.yaml:', ''), hint: error.hint ?? '', detail: error.detail ?? '' };
}

describe('a `python:` value', () => {
  it.each([
    ['x: "python: 7 // 2"', '3'],
    ['x: "  PYTHON:1 + 1"', '2'],
    ['x: "python: 1.0"', '1.0'],
    ['x: "python: 1e-5"', '1e-05'],
    ['x: "python: 2 ** 70"', '1180591620717411303424'],
    ['x: "python: True"', 'True'],
    ['x: "python: None"', 'None'],
    ["x: \"python: 'a' + 'b'\"", 'ab'],
    ['x: "python: datetime.date(2024, 1, 31) + datetime.timedelta(1)"', '2024-02-01'],
    ['x: "python: y = 3"', 'None'],
    ['x: |\n  python:\n    y = 3\n    result = y * 2', '6'],
    ['x: |\n  python: y = 3\n  result = y * 2', '6'],
    ['x: "python: {{ y }} * 2"\ny: 4', '8'],
    ['x: "python: \'{{ y }}\'.upper()"\ny: abc', 'ABC'],
    ['y: 1.0\nx: "python: args.y"', '1.0'],
    ['y: 1\nx: "python: args[\'y\']"', '1'],
    ['y: 1e-5\nx: "python: y"', '1e-05'],
    ['y: 12345678901234567890\nx: "python: y + 1"', '12345678901234567891'],
    ['y: 0x1f\nx: "python: y"', '31'],
    ['y: true\nx: "python: y and 5"', '5'],
    ['y: ~\nx: "python: y is None"', 'True'],
    ['y: "0.10"\nx: "python: y"', '0.10'],
    ['x: "python: a * 2"\na: "python: int(b) + 1"\nb: "{{ c }}"\nc: "python: 2"', '6'],
    ['max: 3\nx: "python: max(1, 2)"', '2'],
    ['max: 3\nx: "python: args.max"', '3'],
    ['x: "python: args[n]"\nn: y\ny: 5', '5'],
    ['x: "python: \'z\' in args"', 'False'],
    ['x: "python: 1 if \'x\' in args else 2"', '2'],
  ])('%j is %s', (args, expected) => {
    expect(printed(args)).toBe(expected);
  });

  it.each([
    ['x: "python: [1, 2.5, \'a\']"', '{{ x[1] }}', '2.5'],
    ['x: "python: {\'k\': [1, 2]}"', '{{ x.k | length }}', '2'],
    ['x: "python: (1, 2)"', '{{ x | join("-") }}', '1-2'],
    ['x: "python: 2.0"', '{{ x * 3 }}', '6.0'],
    ['x: "python: 3"', '{{ x * 3 }}', '9'],
    ['x: "python: 2 ** 62"', '{{ x - 1 }}', '4611686018427387903'],
    ['x: {y: ["python: 1 + 1"]}', '{{ x.y[0] }}', '2'],
    ['x: "python: True"', '{{ 1 if x else 2 }}', '1'],
  ])('%s is in %s the value: %s', (args, template, expected) => expect(printed(args, template)).toBe(expected));

  it.each([
    ['x: "python: [1.0, (2,)]"', '[1.0, (2,)]'],
    ['x: "python: {1: \'a\'}"', "{1: 'a'}"],
    ['x: "python: {3, 1, 3}"', '{3, 1}'],
    ['x: "python: range(3)"', 'range(0, 3)'],
  ])('%s is printed as Python does', (args, expected) => expect(printed(args)).toBe(expected));

  it('passes values on to another one as Python has them', () => {
    expect(printed('y: "python: (1.0, {2: 3})"\nx: "python: repr(y[0]) + repr(y[1][2])"')).toBe('1.03');
  });

  it('may be given by --arg', () => {
    expect(printed('x: 1\ny: 2', '{{ x }}', { x: 'python: args.y + 1' })).toBe('3');
    expect(printed('x: "python: extra.upper()"', '{{ x }}', { extra: 'v' })).toBe('V');
  });

  it('that nobody needs may be wrong', () => expect(printed('x: 1\ny: "python: 1 / 0"')).toBe('1'));

  it('is code only where it is written, and not where a template makes it', () => {
    expect(printed('x: "{{ y }}:1+1"\ny: python')).toBe('python:1+1');
  });
});

describe('a wrong one', () => {
  it.each([
    ['x: "python: 1 / 0"', '2:17: arg `x`: ZeroDivisionError: division by zero'],
    ['x: python:1 / 0', '2:15: arg `x`: ZeroDivisionError: division by zero'],
    ["x: '  python: nope'", '2:17: arg `x`: NameError: `nope` is undefined'],
    ['x: |\n  python:\n    a = 1\n    result = a / 0', '5:18: arg `x`: ZeroDivisionError: division by zero'],
    ['x: >-  # comment\n  python: 1 / 0', '3:15: arg `x`: ZeroDivisionError: division by zero'],
    ['x: {y: ["python: 1 / 0"]}', '2:22: arg `x`: ZeroDivisionError: division by zero'],
    ['x: "python: \\"a\\" / 0"', "2:6: arg `x`: TypeError: unsupported operand type(s) for /: 'str' and 'int'"],
    ['x: "python: {{ y }} / 0"\ny: 5', '2:7: arg `x`: ZeroDivisionError: division by zero, in `python: 5 / 0`'],
    [
      'x: |\n  python:\n    a = {{ y }}\n    result = a / 0\ny: 5',
      '5:18: arg `x`: ZeroDivisionError: division by zero, in `result = a / 0`',
    ],
    ['x: "python: args.lrr"\nlr: 1', '2:20: arg `x`: NameError: `args.lrr` is undefined'],
    ['x: "python: args[\'lrr\']"\nlr: 1', "2:19: arg `x`: NameError: `args['lrr']` is undefined"],
    ['x: "python: import os"', '2:15: arg `x`: `import` is not available in `python:` values'],
    ['x: "python:"', '2:14: arg `x`: SyntaxError: there is nothing to evaluate'],
    ['x: "python: y"\ny: "python: x"', '2:3: args need each other: x -> y -> x'],
    ['x: "python: args.x"', '2:3: args need each other: x -> x'],
    ['x: "python: y"\ny: "{{ z }}"\nz: "python: args[\'x\']"', '2:3: args need each other: x -> y -> z -> x'],
    ['x: "python: args[k]"\nk: "python: x"', '2:3: args need each other: x -> k -> x'],
    ['x: "python: y + 1"\ny: "python: 1 / 0"', '3:17: arg `y`: ZeroDivisionError: division by zero'],
    ['x: "python: 9**9**9"', '2:16: arg `x`: an int has more than 65536 bits'],
    ['x: "python: {{ nope }}"', '2:6: arg `x`: `nope` is undefined'],
  ])('%j', (args, message) => expect(failure(args).message).toBe(message));

  it('is told once, also where another value of the arg waits for something', () => {
    const args = 'x: ["python: y", "python: 1 / 0"]\ny: "python: 2"';
    expect(failure(args).message).toBe('2:31: arg `x`: ZeroDivisionError: division by zero');
    expect(failure('x: ["python: 1 / 0", "python: y"]\ny: 2').message).toContain('2:18: arg `x`');
  });

  it.each([
    ['python: 1 / 0', '--arg x, column 11: ZeroDivisionError: division by zero'],
    ['python:\na = 1\nresult = a / 0', '--arg x, line 3, column 12: ZeroDivisionError: division by zero'],
    ['python: {{ y }} / 0', '--arg x, column 11: ZeroDivisionError: division by zero, in `python: 5 / 0`'],
  ])('of --arg: %j', (text, message) => expect(failure('x: 1\ny: 5', { x: text }).message).toBe(` ${message}`));

  it('says what to do', () => {
    expect(failure('x: "python: args.lrr"\nlr: 1').hint).toBe('Did you mean `lr`?');
    expect(failure('x: "python: import os"').hint).toContain('`math` and `datetime` are there');
    expect(failure('x: "python: 9**9**9"').hint).toContain('Compute less');
    expect(failure('x: "python: 1 +"').hint).toContain('docs/guide/workflows.md');
  });
});

describe('elsewhere than on the command line', () => {
  const refused = (args: string, overrides: Readonly<Record<string, string>> = {}) =>
    planFailure(`args: ${args}\njobs: [{name: a, command: x}]\n`, { overrides });

  it.each([
    [
      '{lr: "python: 1 + 1"}',
      {},
      "flow.yaml:1:12: args at 'lr' contains 'python:' prefix which is not allowed: 'python: 1 + 1'",
    ],
    [
      '{x: {y: [a, "  PYTHON: 1"]}}',
      {},
      "flow.yaml:1:19: args at 'x.y[1]' contains 'python:' prefix which is not allowed: '  PYTHON: 1'",
    ],
    [
      '{x: 1}',
      { x: 'python: 1' },
      "flow.yaml: args at 'x' contains 'python:' prefix which is not allowed: 'python: 1'",
    ],
  ])('%s %j is refused', (args, overrides, message) => {
    const error = refused(args, overrides);
    expect(error.message).toBe(message);
    expect(error.hint).toContain('Only the command line evaluates it');
  });

  it('is refused also where nothing uses it, and evaluates nothing', () => {
    expect(refused('{a: "python: 9**9**9", b: "{{ a }}"}').message).toContain("args at 'a'");
  });

  it('may be passed to an included file, but not be written there', () => {
    const included = { source: 'in.yaml', id: '1', text: 'args: {v: 1}\njobs: [{name: b, command: "echo {{ v }}"}]\n' };
    const options = { ...allowed, readWorkflow: () => included };
    const text = (value: string) =>
      `args: {x: "python: 1 / 4"}\ninclude: [{file: in.yaml, args: {v: "${value}"}}]\njobs: [{name: a, command: x}]\n`;
    expect(
      planText(text('{{ x }}'), options)
        .jobs.map(({ script }) => script)
        .join(),
    ).toContain('echo 0.25');
    expect(planFailure(text('python: 1'), options).hint).toContain('pass it on: {{ name }}');
  });
});
