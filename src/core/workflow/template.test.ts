import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasTemplate, parseTemplate } from './template.ts';

const paths = (text: string) => parseTemplate(text).references.map(({ path }) => path.join('.'));

describe('hasTemplate', () => {
  it.each([
    ['plain $HOME', false],
    ['${#array[@]}', false],
    ['{ {', false],
    ['{{ a }}', true],
    ['{% if a %}', true],
    ['{# remark #}', true],
    ['$ {# remark #}', true],
  ])('%s: %s', (text, expected) => expect(hasTemplate(text)).toBe(expected));
});

describe('the names that a template uses', () => {
  it.each([
    ['{{ lr }}', ['lr']],
    ['{{ cfg.k }} {{ deps["a-b"].x }} {{ l[0] }}', ['cfg.k', 'deps.a-b.x', 'l.0']],
    ['{{ lr | float }} {{ a|default(b) }}', ['lr', 'a', 'b']],
    ['{{ a * 2 + b // c }}', ['a', 'b', 'c']],
    ['{% if x and not y %}{{ z }}{% elif w is defined %}{% endif %}', ['x', 'y', 'w', 'z']],
    ['{% for i in items %}{{ i }}{% endfor %}', ['i', 'items', 'i']],
    ["{{ 'name }}' ~ other }}", ['other']],
    ['{{ "a\\"}}" ~ b }}', ['b']],
    ['{{ {"k": {"l": v}}.k }}', ['v']],
    ['{{ f(key=value) }}', ['f', 'value']],
    ['{% if f(key=value) == other %}{% endif %}', ['f', 'value', 'other']],
    ['{{ x is divisibleby(n) }} {{ x is not none }}', ['x', 'n', 'x']],
    ['{{ true and None or False }}', []],
    ['{{ recursive }} {{ missing }}', ['recursive', 'missing']],
    ['{{ text.upper() }} {{ 1e5 }} {{ 0.5 }}', ['text.upper']],
    ['{% raw %}{{ no }}{% endraw %}{{ yes }}', ['yes']],
    ['{%- raw -%}{% no %}{%- endraw -%}', []],
    ['{# {{ no }} #}{{ yes }}', ['yes']],
    ['${#no[@]} {{ yes }}', ['yes']],
    ['{{- a -}} {%- if b -%}', ['a', 'b']],
    ['{% filter upper %}{{ a }}{% endfilter %}', ['upper', 'a']],
  ])('%s', (text, expected) => expect(paths(text).sort()).toEqual([...expected].sort()));

  it.each([
    ['{% for a, b in items %}{% endfor %}', ['loop', 'a', 'b']],
    ['{% for a in tree recursive %}{% endfor %}', ['loop', 'a', 'recursive']],
    ['{% set x = y %}', ['x']],
    ['{% set x %}text{% endset %}', ['x']],
    ['{% macro f(a, b=1) %}{% endmacro %}', ['caller', 'f', 'a', 'b']],
    ['{% with a = b %}{% endwith %}', ['a']],
    ['{{ x }}', []],
  ])('%s has names of its own', (text, expected) => expect([...parseTemplate(text).locals]).toEqual(expected));

  it.each([
    ['{{ a is defined }}', ['a']],
    ['{{ a is not defined }}', ['a']],
    ['{% if a.b is undefined %}{% endif %}', ['a']],
    ['{{ a | default("x") }}', ['a']],
    ['{{ a | d("x") }}', ['a']],
    ['{{ a | upper }}', []],
  ])('%s may be undefined', (text, expected) => expect([...parseTemplate(text).guarded]).toEqual(expected));
});

describe('parseTemplate', () => {
  it.each([
    ['{{ a', 'a tag begins with `{{` and has no `}}`'],
    ['{{ "a }}', 'a text in a tag has no closing "'],
    ['{{ { }}', 'a tag begins with `{{` and has no `}}`'],
    ['{% if a }}', 'a tag begins with `{%` and has no `%}`'],
    ['{# a', 'a comment begins with `{#` and has no `#}`'],
    [`{{ ${'1+'.repeat(5_001)}1 }}`, 'a tag has more than 10000 characters'],
  ])('says what is wrong with %j', (text, fault) => expect(parseTemplate(text).fault).toBe(fault));

  it('loses nothing: the segments of a text put together are the text', () => {
    const part = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      '$',
      '"',
      "'",
      '{',
      '}',
      '-',
      ' a ',
      'raw',
      'endraw',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 5 })), { maxLength: 20 }), (parts) => {
        const text = parts.join('');
        const { segments, fault } = parseTemplate(text);
        const whole = segments.map((segment) => segment.text).join('');
        expect(fault === undefined ? whole === text : text.startsWith(whole)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
