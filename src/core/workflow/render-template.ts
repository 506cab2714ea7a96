import { nearest } from '../suggest.ts';
import { printFilter, type Rendered, type TemplateChecker, type TemplateRenderer } from './renderer.ts';
import type { Reference, Segment, Template } from './template.ts';

/** What a name stands for in a template. */
export interface TemplateValue {
  readonly value: unknown;
  /** As written in the file; absent for lists and mappings. */
  readonly text?: string | undefined;
  /** Of a mapping: its values as written in the file. */
  readonly texts?: ReadonlyMap<string, string>;
}

export type TemplateValues = ReadonlyMap<string, TemplateValue>;

export interface RenderOptions {
  readonly values: TemplateValues;
  readonly renderer: TemplateRenderer;
  /** Names that exist besides those of the values, for suggestions. */
  readonly names?: readonly string[];
}

/**
 * Renders a template with exactly these values. `{{ name }}` alone prints the text of the value, any other expression the value
 * as Jinja would. A name or key that is undefined is a fault wherever it stands, also before a filter, where the engine would take
 * it for an empty text.
 */
export function renderTemplate(template: Template, { values, renderer, names = [] }: RenderOptions): Rendered {
  const fault = template.fault ?? findUndefined(template, { values, names });
  if (fault !== undefined) return { fault };
  const simple = template.segments.map((segment) => renderSimple(segment, template, values));
  if (simple.every((text) => text !== undefined)) return { text: simple.join('') };
  const mentioned = new Set(template.references.map(({ path }) => path[0] ?? ''));
  const used = [...values].filter(([name]) => mentioned.has(name));
  const context = Object.fromEntries(used.map(([name, { value }]) => [name, value]));
  const texts = Object.fromEntries(used.flatMap(writtenTexts));
  const floats = used.flatMap(restoreFloats);
  const body = template.segments.map((segment) => rewrite(segment, template, texts));
  const rendered = renderer.render([...floats, ...body].join(''), { ...context, [textsName]: texts });
  if ('text' in rendered || !rendered.fault.startsWith('syntax error')) return rendered;
  // The engine must name what the user wrote, not what we made of it.
  const written = renderer.render(template.segments.map(({ text }) => text).join(''), context);
  return 'fault' in written ? written : rendered;
}

/** Why there are no values with which it could be rendered. */
export function syntaxFault(template: Template, checker: TemplateChecker): string | undefined {
  const text = template.segments.map((segment) => (segment.kind === 'text' ? keepText(segment.text) : segment.text));
  return template.fault ?? checker.check(text.join(''));
}

const textsName = '__srunx_texts';
const valueName = '__srunx_value';

/** Most templates need no engine: texts, and names whose text is known. */
function renderSimple(segment: Segment, { locals }: Template, values: TemplateValues): string | undefined {
  if (segment.kind === 'text') return segment.text;
  if (segment.kind !== 'print' || segment.sole === undefined || segment.left !== '' || segment.right !== '') return;
  const [name = '', ...keys] = segment.sole.path;
  if (segment.sole.called || locals.has(name)) return undefined;
  const value = values.get(name);
  if (keys.length === 0) return value?.text;
  const [key = ''] = keys;
  if (keys.length === 1 && value?.texts?.has(key) === true) return value.texts.get(key);
  const found = keys.reduce<unknown>((at, key) => childOf(at, key), value?.value);
  return typeof found === 'string' ? found : undefined;
}

/** `lr`, or `matrix.lr`: what a tag that is nothing else prints. */
function writtenTexts([name, { text, texts = new Map() }]: readonly [string, TemplateValue]): [string, string][] {
  const below = [...texts].map(([key, value]): [string, string] => [`${name}.${key}`, value]);
  return text === undefined ? below : [[name, text], ...below];
}

function restoreFloats([name, { value, text, texts = new Map() }]: readonly [string, TemplateValue]): string[] {
  const keys = [...texts].filter(([key, written]) => isWholeFloat({ value: childOf(value, key), text: written }));
  const below = keys.map(([key]) => `${key}=${name}.${key}|float`);
  if (below.length > 0) return [`{% set ${name} = dict(${name}, ${below.join(', ')}) %}`];
  return isWholeFloat({ value, text }) ? [`{% set ${name} = ${name}|float %}`] : [];
}

/** The engine gets whole numbers from JavaScript, so `1.0` must be made a fraction again: `{{ lr * 2 }}` is `2.0`. */
function isWholeFloat({ value, text = '' }: TemplateValue): boolean {
  return Number.isSafeInteger(value) && /[.eE]/.test(text);
}

// `float` keeps `2.0` from becoming `2` on its way to the filter; everything else the engine prints as Python does.
const print = `${valueName}|${printFilter}(${valueName} is float) if ${valueName} is boolean or ${valueName} is none or ${valueName} is float or ${valueName} is sequence or ${valueName} is mapping else ${valueName}`;

function rewrite(segment: Segment, { locals }: Template, texts: Readonly<Record<string, string>>): string {
  if (segment.kind === 'text') return keepText(segment.text);
  if (segment.kind !== 'print') return segment.text;
  const { body, left, right, sole } = segment;
  const [name = '', ...keys] = sole?.path ?? [];
  const path = sole?.path.join('.') ?? '';
  if (sole?.called === false && keys.length < 2 && !locals.has(name) && Object.hasOwn(texts, path)) {
    return `{{${left} ${textsName}["${path}"] ${right}}}`;
  }
  return `{%${left} set ${valueName} = (${body}) %}{{ ${print} ${right}}}`;
}

/** The engine would take the shell's `${#array[@]}` for a comment. */
function keepText(text: string): string {
  return text.replaceAll('{#', '{{ "{#" }}');
}

/** Names that the engine brings along. */
const globals = ['range', 'dict', 'debug', 'namespace', 'cycler', 'joiner', 'self', 'super'];

function findUndefined(
  { references, locals, guarded }: Template,
  { values, names }: { readonly values: TemplateValues; readonly names: readonly string[] },
): string | undefined {
  for (const reference of references) {
    const [name = ''] = reference.path;
    if (locals.has(name) || guarded.has(name) || (globals.includes(name) && !values.has(name))) continue;
    const message = explainUndefined(reference, { values, names });
    if (message !== undefined) return message;
  }
  return undefined;
}

/** Says which part of a path does not exist, and what may have been meant. */
function explainUndefined(
  { path, called }: Reference,
  { values, names }: { readonly values: TemplateValues; readonly names: readonly string[] },
): string | undefined {
  const [name = '', ...keys] = path;
  // The engine knows which functions there are.
  if (!values.has(name))
    return called && keys.length === 0 ? undefined : undefinedWords([name], [...values.keys(), ...names]);
  let at = values.get(name)?.value;
  for (const [index, key] of keys.entries()) {
    // A method of a value: the engine knows which there are.
    if (called && index === keys.length - 1) return undefined;
    const child = childOf(at, key);
    if (child === undefined) return undefinedWords(path.slice(0, index + 2), keysOf(at));
    at = child;
  }
  return undefined;
}

function undefinedWords(path: readonly string[], candidates: readonly string[]): string {
  const meant = nearest(path.at(-1) ?? '', candidates);
  return `\`${path.join('.')}\` is undefined${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
}

function childOf(value: unknown, key: string): unknown {
  if (typeof value === 'string') return /^\d+$/.test(key) ? [...value][Number(key)] : undefined;
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}
