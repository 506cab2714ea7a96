import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { createArgScope } from './arg-scope.ts';
import { childNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { parseTemplate } from './template.ts';
import { readWorkflowFile } from './workflow-file.ts';

const renderer = createRenderer();

function scopeOf(args: string, overrides: Readonly<Record<string, string>> = {}) {
  const node = childNode(readWorkflowFile(`args: ${args}`, 'flow.yaml'), 'args');
  const problems: Problem[] = [];
  const scope = createArgScope({
    args: node?.kind === 'map' ? node.entries : new Map(),
    overrides,
    renderer,
    problems,
  });
  const value = (name: string) => scope.valuesFor(parseTemplate(`{{ ${name} }}`))?.get(name);
  return { scope, problems, value, messages: () => problems.map(({ message }) => message) };
}

describe('an arg', () => {
  it.each([
    ['{a: 0.10}', 'a', { value: 0.1, text: '0.10' }],
    ['{a: true}', 'a', { value: true, text: 'true' }],
    ['{a: ~}', 'a', { value: null, text: '~' }],
    ['{a: [1, "{{ b }}"], b: 2}', 'a', { value: [1, '2'] }],
    ['{a: {k: "{{ b }}"}, b: x}', 'a', { value: { k: 'x' } }],
    ['{a: "{{ b }}/x", b: "{{ c }}/y", c: 1e-5}', 'a', { value: '1e-5/y/x', text: '1e-5/y/x' }],
    ['{a: "{{ b * 2 }}", b: 3}', 'a', { value: '6', text: '6' }],
    ['{a: "{{ cfg.k }}", cfg: {k: v}}', 'a', { value: 'v', text: 'v' }],
    ['{a: "{% if b %}on{% endif %}", b: true}', 'a', { value: 'on', text: 'on' }],
    ['{deps: 1}', 'deps', { value: 1, text: '1' }],
    ['{toString: 0.50, constructor: 2}', 'toString', { value: 0.5, text: '0.50' }],
  ])('of %s is evaluated when it is needed', (args, name, expected) => {
    const { value, problems } = scopeOf(args);
    expect(value(name)).toEqual(expected);
    expect(problems).toEqual([]);
  });

  it('that nobody needs may be broken', () => {
    const { value, problems } = scopeOf('{a: 1, broken: "{{ nope }}", loop1: "{{ loop1 }}"}');
    expect(value('a')).toEqual({ value: 1, text: '1' });
    expect(problems).toEqual([]);
  });

  it('from the command line is text, wins, may be new, and is a template like any other', () => {
    const { value } = scopeOf('{a: 1, b: x}', { a: '1e3', extra: '{{ b }}/{{ a }}' });
    expect(value('a')).toEqual({ value: '1e3', text: '1e3' });
    expect(value('extra')).toEqual({ value: 'x/1e3', text: 'x/1e3' });
  });

  it('that has no value is a problem once, however many need it', () => {
    const { value, messages, problems } = scopeOf('{a: "{{ broken }}", b: "{{ broken }}", broken: "{{ nope }}"}');
    expect([value('a'), value('b'), value('broken'), value('a')]).toEqual([undefined, undefined, undefined, undefined]);
    expect(messages()).toEqual(['arg `broken`: `nope` is undefined']);
    expect(problems[0]?.offset).toBe('args: {a: "{{ broken }}", b: "{{ broken }}", broken: '.length);
  });

  it.each([
    ['{a: "{{ a }}"}', 'a', 'args need each other: a -> a'],
    ['{a: "{{ b }}", b: "{{ c }}", c: "{{ a }}"}', 'a', 'args need each other: a -> b -> c -> a'],
    ['{a: "{{ b }}", b: "{{ c | upper }}", c: ["{% if b %}{% endif %}"]}', 'a', 'args need each other: b -> c -> b'],
  ])('of %s is part of a cycle, which is named', (args, name, message) => {
    const { value, messages } = scopeOf(args);
    expect(value(name)).toBeUndefined();
    expect(messages()).toEqual([message]);
  });

  it('beside a cycle is evaluated', () => {
    const { scope, messages } = scopeOf('{a: "{{ a }}", b: "{{ b }}", c: 1}');
    expect(scope.valuesFor(parseTemplate('{{ a }}{{ b }}{{ c }}'))).toBeUndefined();
    expect(scope.valuesFor(parseTemplate('{{ c }}'))?.get('c')).toEqual({ value: 1, text: '1' });
    expect(messages()).toEqual(['args need each other: a -> a', 'args need each other: b -> b']);
  });

  it('may stand at the end of a very long chain', () => {
    const count = 10_000;
    const entries = Array.from({ length: count }, (_, index) => `a${index}: "{{ a${index + 1} }}"`);
    const { value } = scopeOf(`{${entries.join(', ')}, a${count}: end}`);
    expect(value('a0')).toEqual({ value: 'end', text: 'end' });
  });

  it('cannot grow without bounds', () => {
    const entries = Array.from({ length: 40 }, (_, index) => `a${index}: "{{ a${index + 1} }}{{ a${index + 1} }}"`);
    const { value, messages } = scopeOf(`{${entries.join(', ')}, a40: x}`);
    expect(value('a0')).toBeUndefined();
    expect(messages()).toEqual(['arg `a22`: its value has more than 131072 characters']);
  });
});

it('knows which args of the command line nothing uses', () => {
  const { scope, value } = scopeOf('{a: "{{ used }}", b: 1}', { used: '1', b: '2', unused: '3' });
  value('a');
  expect(scope.unusedOverrides()).toEqual(['unused']);
});
