import { evaluatePython, type PythonArgs } from './evaluate-python.ts';
import { absenceIn, absentHint } from './file-part.ts';
import type { FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import { isPython } from './python-code.ts';
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
  /** Names that have no value, and why. */
  readonly absent?: ReadonlyMap<string, string> | undefined;
  /** Absent where `python:` values are not evaluated. */
  readonly python?: PythonArgs | undefined;
}

/**
 * `undefined` if it has no value; the reason is added to the problems, unless it lies in an arg that this one needs. `needs`: args
 * without a value so far that a `python:` value uses.
 */
export type ArgOutcome = { readonly value: TemplateValue | undefined } | { readonly needs: readonly string[] };

export function evaluateArg(source: ArgSource, context: EvaluateContext): ArgOutcome {
  if ('given' in source) return { value: source.given };
  const needs: string[] = [];
  const problems: Problem[] = [];
  let complete = true;
  let whole: TemplateValue | undefined;
  const render = (text: string, offset?: number): string => {
    const template = parseTemplate(text);
    const absence = absenceIn(template, context.absent ?? new Map());
    if (absence !== undefined) {
      problems.push({ offset, message: `arg \`${source.name}\`: ${absence}`, hint: absentHint });
      complete = false;
      return '';
    }
    const values = neededValues(template, context);
    const rendered = values === undefined ? undefined : limit(renderTemplate(template, { ...context, values }));
    if (rendered !== undefined && 'text' in rendered) return rendered.text;
    if (rendered !== undefined) problems.push({ offset, message: `arg \`${source.name}\`: ${rendered.fault}` });
    complete = false;
    return '';
  };
  const evaluate = (text: string, offset?: number): unknown => {
    const rendered = render(text, offset);
    if (!complete || context.python === undefined || !isPython(text)) return rendered;
    const { name } = source;
    const outcome = evaluatePython({ name, text, rendered, offset }, { ...context, ...context.python });
    if ('arg' in outcome) {
      const isWhole = 'override' in source || source.node.kind === 'scalar';
      if (isWhole) context.python.exact.set(name, outcome.exact);
      whole = isWhole ? outcome.arg : undefined;
      return outcome.arg.value;
    }
    complete = false;
    if ('problem' in outcome) problems.push(outcome.problem);
    if ('needs' in outcome) needs.push(...outcome.needs);
    return '';
  };
  const value = 'override' in source ? evaluate(source.override) : evaluateNode(source.node, evaluate);
  // It is evaluated again then, and would tell its problems twice.
  if (needs.length > 0) return { needs };
  context.problems.push(...problems);
  return { value: complete ? (whole ?? textedValue(value, source)) : undefined };
}

function textedValue(value: unknown, source: Exclude<ArgSource, { readonly given: TemplateValue }>): TemplateValue {
  if (typeof value === 'string') return { value, text: value };
  return 'node' in source && source.node.kind === 'scalar' ? { value, text: source.node.text } : { value };
}

function evaluateNode(node: FileNode, evaluate: (text: string, offset: number) => unknown): unknown {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? evaluate(node.value, node.offset) : node.value;
    case 'list':
      return node.items.map((item) => evaluateNode(item, evaluate));
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, evaluateNode(value, evaluate)]));
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
function textsOf(node: FileNode): string[] {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? [node.value] : [];
    case 'list':
      return node.items.flatMap(textsOf);
    case 'map':
      return [...node.entries.values()].flatMap(({ value }) => textsOf(value));
  }
}
