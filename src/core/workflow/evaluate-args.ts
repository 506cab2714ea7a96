import { nearest } from '../suggest.ts';
import type { Path, Problem } from './problems.ts';
import type { TemplateRenderer } from './renderer.ts';
import { hasTemplate, identifiersOf, printAsWritten, textsName } from './template-text.ts';
import type { WorkflowFile } from './workflow-file.ts';

/** What templates of jobs see of the args. */
export interface ArgScope {
  /** Renders a text; evaluates the args that it names, and no others. Throws an Error with words for the user. */
  render(template: string, extra?: Readonly<Record<string, unknown>>): string;
}

interface Value {
  readonly value: unknown;
  /** As written, for scalars. */
  readonly text: string | undefined;
}

export interface ArgSources {
  readonly file: WorkflowFile;
  readonly args: Readonly<Record<string, unknown>>;
  /** `--arg KEY=VALUE`: always text; they win, and may be new. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly renderer: TemplateRenderer;
}

/** Args are evaluated when something needs them, in the order in which they need each other. */
export function createArgScope({ file, args, overrides, renderer }: ArgSources): ArgScope {
  const raw = new Map<string, unknown>([...Object.entries(args), ...Object.entries(overrides)]);
  const done = new Map<string, Value>();
  const chain: string[] = [];
  const lookUp = (name: string): Value => {
    const known = done.get(name);
    if (known !== undefined) return known;
    if (chain.includes(name))
      throw new Error(`args need each other: ${[...chain.slice(chain.indexOf(name)), name].join(' -> ')}`);
    chain.push(name);
    try {
      const value = evaluate(raw.get(name), (text) => inArg(name, () => render(text)));
      const text = textOf(value, name in overrides ? undefined : file.lexeme(['args', name]));
      done.set(name, { value, text });
      return { value, text };
    } finally {
      chain.pop();
    }
  };
  const render = (template: string, extra: Readonly<Record<string, unknown>> = {}): string => {
    if (!hasTemplate(template)) return template;
    const context: Record<string, unknown> = {};
    const texts: Record<string, string> = {};
    for (const name of identifiersOf(template)) {
      if (!raw.has(name)) continue;
      const { value, text } = lookUp(name);
      context[name] = value;
      if (text !== undefined) texts[name] = text;
    }
    const scope = { ...context, ...extra, [textsName]: texts };
    try {
      return renderer.render(printAsWritten(template, Object.keys(texts)), scope);
    } catch (error) {
      throw nameUndefined(error, template, [...raw.keys(), ...Object.keys(extra)]);
    }
  };
  return { render };
}

/** `python:` values would be code; they are found before anything is evaluated. */
export function findPythonArgs({ args, overrides }: Pick<ArgSources, 'args' | 'overrides'>): Problem[] {
  const isPython = (value: unknown) => typeof value === 'string' && /^\s*python:/i.test(value);
  const name = Object.entries({ ...args, ...overrides }).find(([, value]) => isPython(value))?.[0];
  if (name === undefined) return [];
  const path: Path = ['args', name];
  return [
    {
      path,
      message: `the arg \`${name}\` is a \`python:\` value, which is not supported`,
      hint: 'Write the value itself, or a template such as {{ a * 2 }}.',
    },
  ];
}

/** The engine says that something is undefined, but not what. */
function nameUndefined(error: unknown, template: string, known: readonly string[]): unknown {
  if (!(error instanceof Error) || !error.message.includes('undefined value')) return error;
  const unknown = [...template.matchAll(/\{\{-?\s*([A-Za-z_]\w*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !known.includes(name));
  const [name] = unknown;
  if (name === undefined) return new Error('a template uses a value that is undefined', { cause: error });
  const meant = nearest(name, known);
  return new Error(`\`${name}\` is undefined${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`, {
    cause: error,
  });
}

function inArg<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw message.startsWith('args need') || message.startsWith('arg `')
      ? error
      : new Error(`arg \`${name}\`: ${message}`, { cause: error });
  }
}

function evaluate(value: unknown, render: (text: string) => string): unknown {
  if (typeof value === 'string') return render(value);
  if (Array.isArray(value)) return value.map((item) => evaluate(item, render));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluate(item, render)]));
}

function textOf(value: unknown, lexeme: string | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return undefined;
  return lexeme ?? String(value);
}
