import type { FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { renderTemplate, type TemplateValue } from './render-template.ts';
import type { Rendered, TemplateRenderer } from './renderer.ts';
import { parseTemplate, type Template } from './template.ts';

/** An arg of the file, or one that `--arg` gives. */
export type ArgSource =
  | { readonly name: string; readonly override: string }
  /** By a file that includes this one: it has its value already. */
  | { readonly name: string; readonly given: TemplateValue }
  | { readonly name: string; readonly node: FileNode; readonly offset: number };

export interface EvaluateContext {
  readonly renderer: TemplateRenderer;
  readonly problems: Problem[];
  /** Of the args that were evaluated already; `undefined` for those that have no value. */
  readonly values: ReadonlyMap<string, TemplateValue | undefined>;
  /** Of all args. */
  readonly names: readonly string[];
}

/** `undefined` if it has no value; the reason is added to the problems, unless it lies in an arg that this one needs. */
export function evaluateArg(source: ArgSource, context: EvaluateContext): TemplateValue | undefined {
  if ('given' in source) return source.given;
  let complete = true;
  const render = (text: string, offset?: number): string => {
    const template = parseTemplate(text);
    const values = neededValues(template, context);
    const rendered = values === undefined ? undefined : limit(renderTemplate(template, { ...context, values }));
    if (rendered !== undefined && 'text' in rendered) return rendered.text;
    if (rendered !== undefined) context.problems.push({ offset, message: `arg \`${source.name}\`: ${rendered.fault}` });
    complete = false;
    return '';
  };
  const value = 'override' in source ? render(source.override) : evaluateNode(source.node, render);
  if (!complete) return undefined;
  if (typeof value === 'string') return { value, text: value };
  return 'node' in source && source.node.kind === 'scalar' ? { value, text: source.node.text } : { value };
}

function evaluateNode(node: FileNode, render: (text: string, offset: number) => string): unknown {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? render(node.value, node.offset) : node.value;
    case 'list':
      return node.items.map((item) => evaluateNode(item, render));
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, evaluateNode(value, render)]));
  }
}

/** `undefined` if one of them has no value. What is no arg at all is left out, and found when the template is rendered. */
function neededValues({ references }: Template, { values }: EvaluateContext): Map<string, TemplateValue> | undefined {
  const needed = new Map<string, TemplateValue>();
  for (const { path } of references) {
    const [name = ''] = path;
    const value = values.get(name);
    if (value === undefined && values.has(name)) return undefined;
    if (value !== undefined) needed.set(name, value);
  }
  return needed;
}

/** One argument of a command cannot be longer on Linux; and args that double each other would fill the memory. */
const maxLength = 128 * 1024;

function limit(rendered: Rendered): Rendered {
  const tooLong = 'text' in rendered && rendered.text.length > maxLength;
  return tooLong ? { fault: `its value has more than ${maxLength} characters` } : rendered;
}

/** All templates of an arg. */
export function templatesOf(source: ArgSource | undefined): Template[] {
  if (source === undefined) return [];
  if ('given' in source) return [];
  const texts = 'override' in source ? [source.override] : textsOf(source.node);
  return texts.map(parseTemplate);
}

/** Every string in a value, keys excepted. */
export function textsOf(node: FileNode): string[] {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? [node.value] : [];
    case 'list':
      return node.items.flatMap(textsOf);
    case 'map':
      return [...node.entries.values()].flatMap(({ value }) => textsOf(value));
  }
}
