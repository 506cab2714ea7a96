import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../templates/minijinja-renderer.ts';
import { renderTemplate, type TemplateValue } from './render-template.ts';
import type { Rendered, TemplateRenderer } from './renderer.ts';
import { parseTemplate } from './template.ts';

const engine = createRenderer();

const values = new Map<string, TemplateValue>([
  ['lr', { value: 0.1, text: '0.10' }],
  ['tiny', { value: 1e-5, text: '1e-5' }],
  ['one', { value: 1, text: '1.0' }],
  ['n', { value: 4, text: '4' }],
  ['hex', { value: 16, text: '0x10' }],
  ['flag', { value: true, text: 'true' }],
  ['nothing', { value: null, text: '~' }],
  ['text', { value: 'a: B', text: 'a: B' }],
  ['list', { value: [1, true, null, 'x'] }],
  ['cfg', { value: { k: 'v', flag: false, lr: 1e-5, deep: { x: 'y' }, items: 'own' } }],
]);

function render(text: string, renderer: TemplateRenderer = engine): Rendered {
  return renderTemplate(parseTemplate(text), { values, renderer, names: ['other_arg'] });
}

describe('a name alone prints what was written', () => {
  it.each([
    ['{{ lr }}', '0.10'],
    ['{{lr}}', '0.10'],
    ['a={{ lr }};b={{ tiny }}', 'a=0.10;b=1e-5'],
    ['{{ one }} {{ hex }} {{ flag }} {{ nothing }}', '1.0 0x10 true ~'],
    ['  {{- lr -}}  .', '0.10.'],
    ['{% if flag %}{{ tiny }}{% endif %}', '1e-5'],
    ['{{ text }}', 'a: B'],
  ])('%s prints %j', (text, expected) => expect(render(text)).toEqual({ text: expected }));
});

describe('any other expression prints its value as Python does', () => {
  it.each([
    ['{{ lr * 2 }}', '0.2'],
    ['{{ tiny * 2 }}', '2e-05'],
    ['{{ one * 2 }}', '2.0'],
    ['{{ n * 2 }} {{ n / 2 }} {{ n // 3 }}', '8 2.0 1'],
    ['{{ not flag }} {{ cfg.flag }} {{ flag and flag }}', 'False False True'],
    ['{{ n > 3 }}', 'True'],
    ['{{ nothing is none }} {{ [nothing, None] }}', 'True [None, None]'],
    ['{{ list[2] }}', 'None'],
    ['{{ list }}', "[1, True, None, 'x']"],
    ['{{ cfg.deep }}', "{'x': 'y'}"],
    ['{{ cfg.lr }}', '1e-05'],
    ['{{ cfg.k }} {{ cfg["k"] }} {{ list[0] }}', 'v v 1'],
    ['{{ cfg.items }}', 'own'],
    ['{{ text | upper }} {{ text.lower() }} {{ text.split(": ")[1] }}', 'A: B a: b B'],
    ['{{ "on" if flag else "off" }}', 'on'],
    ['{{ "x" }} {{ 1e400 if false else 3 }}', 'x 3'],
    ['{% for lr in list[:2] %}{{ lr }},{% endfor %}', '1,True,'],
    ['{% set lr = n + 1 %}{{ lr }}', '5'],
    ['{{ nope | default("d") }} {{ nope is defined }}', 'd False'],
    ['{{ {"a": {"b": n}}.a.b }}', '4'],
    ['{{ range(3) | list }}', '[0, 1, 2]'],
    ['{{ "{{" }} {% raw %}{{ lr }}{% endraw %}', '{{ {{ lr }}'],
    ['${#array[@]} {{ n + 1 }} awk {print}', '${#array[@]} 5 awk {print}'],
    ['{# remark #}a\r\nb{{ n + 1 }}\n', 'a\r\nb5\n'],
  ])('%s prints %j', (text, expected) => expect(render(text)).toEqual({ text: expected }));
});

describe('what is undefined is a fault wherever it stands', () => {
  it.each([
    ['{{ nope }}', '`nope` is undefined'],
    ['{{ nope | upper }}', '`nope` is undefined'],
    ['{{ nope ~ "a" }}', '`nope` is undefined'],
    ['{{ "a" if nope else "b" }}', '`nope` is undefined'],
    ['{% if nope %}{% endif %}', '`nope` is undefined'],
    ['{% for i in nope %}{% endfor %}', '`nope` is undefined'],
    ['{{ nope.x }}', '`nope` is undefined'],
    ['{{ nope.x() }}', '`nope` is undefined'],
    ['{{ cfg.nope }}', '`cfg.nope` is undefined'],
    ['{{ cfg.nope | upper }}', '`cfg.nope` is undefined'],
    ['{{ cfg.k.nope }}', '`cfg.k.nope` is undefined'],
    ['{{ list[7] | upper }}', '`list.7` is undefined'],
    ['{{ n.x }}', '`n.x` is undefined'],
    ['{{ cfg[text] }}', 'it uses a value that is undefined'],
    ['{{ flgg }}', '`flgg` is undefined; did you mean `flag`?'],
    ['{{ othr_arg }}', '`othr_arg` is undefined; did you mean `other_arg`?'],
    ['{{ cfg.depe.x }}', '`cfg.depe` is undefined; did you mean `deep`?'],
    ['{{ loop.index }}', '`loop` is undefined'],
    ['{{ __srunx_texts }}', '`__srunx_texts` is undefined'],
  ])('%s', (text, fault) => expect(render(text)).toEqual({ fault }));
});

describe('other faults', () => {
  it.each([
    ['{{ 1 1 }}', 'syntax error: unexpected integer, expected end of variable block'],
    ['a\nb\n{{ 1 1 }}', 'syntax error: unexpected integer, expected end of variable block, in line 3 of the text'],
    ['{% if flag %}', /^syntax error/],
    ['{{ n | nofilter }}', 'filter nofilter is unknown'],
    ['{{ nofunction() }}', 'nofunction is unknown'],
    ['{{ text.nomethod() }}', 'string has no method named nomethod'],
    ['{{ "a" + 1 }}', /^invalid operation/],
    ['{{ lr', 'a tag begins with `{{` and has no `}}`'],
  ])('%j', (text, fault) => {
    expect(render(text)).toEqual({ fault: typeof fault === 'string' ? fault : expect.stringMatching(fault) });
  });
});

it('asks the engine only where it must, and gives it only what the template names', () => {
  const seen: unknown[] = [];
  const recorder: TemplateRenderer = {
    render: (_template, context) => {
      seen.push(Object.keys(context));
      return { text: '' };
    },
  };
  expect(render('x {{ lr }} {{ cfg.k }}', recorder)).toEqual({ text: 'x 0.10 v' });
  expect(seen).toEqual([]);
  render('{{ n + 1 }}', recorder);
  expect(seen).toEqual([['n', '__srunx_texts']]);
});
