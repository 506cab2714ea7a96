import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRenderer } from './minijinja-renderer.ts';

const renderer = createRenderer();
const context = { x: 1.5, text: 'abc', map: { a: 1 }, list: [1, 2] };
const crash = { fault: 'it takes too much memory, or is nested too deeply' };

const printed = vi.fn();
beforeEach(() => {
  printed.mockClear();
  vi.spyOn(console, 'error').mockImplementation(printed);
});
afterEach(() => {
  vi.restoreAllMocks();
  // The engine's own report of a panic is for nobody.
  expect(printed).not.toHaveBeenCalled();
});

describe('a template cannot leave its sandbox', () => {
  it.each([
    '{{ x.constructor }}',
    '{{ x.constructor.constructor("return process")() }}',
    '{{ map["constructor"] }}',
    '{{ map.__proto__ }}',
    '{{ map.toString }}',
    '{{ text.__class__ }}',
    '{{ list.constructor }}',
    '{{ process }}',
    '{{ globalThis }}',
    '{{ require("node:fs") }}',
    '{% include "/etc/passwd" %}',
    '{% include text %}',
    '{% import "/etc/passwd" as p %}',
    '{% extends "/etc/passwd" %}',
    '{{ [1, 2] | random }}',
    '{{ now() }}',
  ])('%s', (template) => expect(renderer.render(template, context)).toHaveProperty('fault'));

  it('passes no prototype on, and reads none', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}}') as Record<string, unknown>;
    renderer.render('{% set x = hostile %}{{ x }}', { hostile });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(renderer.render('{{ map.hasOwnProperty }}', context)).toHaveProperty('fault');
  });
});

describe('a template cannot take what it likes', () => {
  it.each([
    ['{% for i in range(20000) %}{% for j in range(20000) %}{% endfor %}{% endfor %}', /too much work/],
    ['{% for i in range(10000000) %}{% endfor %}', /range has too many elements/],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /recursion|too much work/],
    [`{{ ${'('.repeat(5_000)}1${')'.repeat(5_000)} }}`, /recursion/],
    ['{{ text | replace("", "x" * 10000) | replace("x", "y" * 200) }}', /more than 4194304 characters/],
  ])('%.60s', (template, fault) => {
    expect(renderer.render(template, context)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it.each([
    '{{ text * 1000000000 }}',
    '{{ "a" * 3000000000 }}',
    '{{ "a" * 60000000 }}',
    `{{ 1${'+1'.repeat(50_000)} }}`,
    `{{ text${'.a'.repeat(50_000)} }}`,
  ])('%.40s, and the next template is rendered as ever', (template) => {
    expect(renderer.render(template, context)).toEqual(crash);
    expect(renderer.render('{{ text }} {{ x }}', context)).toEqual({ text: 'abc 1.5' });
    expect(renderer.render('{{ nope }}', context)).toEqual({ fault: 'it uses a value that is undefined' });
  });
});

it('keeps line ends and the final newline', () => {
  expect(renderer.render('a\r\n{{ x }}\n\n', context)).toEqual({ text: 'a\r\n1.5\n\n' });
});

it('leaves console.error as it was', () => {
  const before = console.error;
  renderer.render('{{ text * 1000000000 }}', context);
  expect(console.error).toBe(before);
});

describe('check', () => {
  it.each([
    ['{% if x %}', /unexpected end of input/],
    ['a\n{{ x y }}', /syntax error.*in line 2/],
    ['{% nonsense %}', /unknown statement nonsense/],
    [`{{ ${'('.repeat(5_000)}1${')'.repeat(5_000)} }}`, /recursion/],
    [`{{ 1${'+1'.repeat(50_000)} }}`, /nested too deeply/],
  ])('finds what is wrong with %.30s without any values, and goes on', (template, fault) => {
    expect(renderer.check(template)).toMatch(fault);
    expect(renderer.check('{{ undefined_name.key }} {% for x in nothing %}{{ x }}{% endfor %}')).toBeUndefined();
  });
});
