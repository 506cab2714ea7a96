import { formatCycle, walkDepthFirst } from './depth-first.ts';
import { type ArgSource, evaluateArg, templatesOf } from './evaluate-arg.ts';
import type { FileEntry, FileNode } from './file-tree.ts';
import type { Problem } from './problems.ts';
import type { TemplateValue } from './render-template.ts';
import type { TemplateRenderer } from './renderer.ts';
import type { Template } from './template.ts';

export interface ArgSources {
  readonly args: ReadonlyMap<string, FileEntry>;
  /** `--arg KEY=VALUE`: always text; they win, and may be new. */
  readonly overrides: Readonly<Record<string, string>>;
  /** What an including file gives; they win, too. */
  readonly given?: ReadonlyMap<string, TemplateValue> | undefined;
  /** Names that have no value here, whatever they are called for, and why. */
  readonly absent?: ReadonlyMap<string, string> | undefined;
  readonly renderer: TemplateRenderer;
  readonly problems: Problem[];
  /** The text of the file, for the places of errors, where `python:` values are evaluated. */
  readonly python?: { readonly file: string } | undefined;
}

/** The args of a workflow. They are evaluated when something needs them, in the order in which they need each other. */
export interface ArgScope {
  /**
   * The args that a template needs, without names that are no args. `undefined` if one of them has no value: why, is among the
   * problems, once for each arg and not for each use.
   */
  valuesFor(template: Template): Map<string, TemplateValue> | undefined;
  /** Of all args. */
  readonly names: readonly string[];
  /** Names that have no value here, and why. */
  readonly absent: ReadonlyMap<string, string>;
  /** Those that were needed so far and have a value. */
  evaluated(): ReadonlyMap<string, TemplateValue>;
  /** Args that only `--arg` or the including file knows, and that no template seen so far uses. */
  unusedOverrides(): string[];
}

export function createArgScope(sources: ArgSources): ArgScope {
  const { args, overrides, given = new Map(), absent = new Map(), problems } = sources;
  const find = (name: string): ArgSource | undefined => {
    if (absent.has(name)) return undefined;
    if (Object.hasOwn(overrides, name)) return { name, override: overrides[name] ?? '' };
    const value = given.get(name);
    if (value !== undefined) return { name, given: value };
    const entry = args.get(name);
    return entry === undefined ? undefined : { name, node: entry.value, offset: entry.keyOffset };
  };
  const used = new Set<string>();
  const known = new Map<string, readonly string[]>();
  const needsOf = (name: string): readonly string[] => {
    const needs = known.get(name) ?? templatesOf(find(name)).flatMap(namesOf);
    known.set(name, needs);
    for (const needed of needs) used.add(needed);
    return needs.filter((needed) => find(needed) !== undefined);
  };
  const values = new Map<string, TemplateValue | undefined>();
  const all = new Set([...args.keys(), ...Object.keys(overrides), ...given.keys()]);
  const names = [...all].filter((name) => !absent.has(name));
  const python = sources.python && {
    ...sources.python,
    exact: new Map(),
    nodeOf: (name: string) => nodeOf(find(name)),
  };
  const evaluateAll = (wanted: readonly string[]): void => {
    for (let isDone = false; !isDone; ) {
      const { order, cycle } = walkDepthFirst(wanted, (name) => (values.has(name) ? [] : needsOf(name)));
      let isPutOff = false;
      for (const name of order) {
        const source = values.has(name) ? undefined : find(name);
        // Its turn comes when what it needs was evaluated.
        if (source === undefined || needsOf(name).some((needed) => !values.has(needed))) continue;
        const outcome = evaluateArg(source, { ...sources, absent, python, values, names });
        if ('value' in outcome) values.set(name, outcome.value);
        else {
          known.set(name, [...needsOf(name), ...outcome.needs]);
          isPutOff = true;
        }
      }
      if (cycle !== undefined) problems.push(describeCycle(cycle, args));
      // Members of a cycle have no value, and then the walk gets past them.
      for (const name of cycle ?? []) values.set(name, undefined);
      isDone = cycle === undefined && !isPutOff;
    }
  };
  return {
    names,
    absent,
    valuesFor(template) {
      const wanted = namesOf(template);
      for (const name of wanted) used.add(name);
      const needed = wanted.filter((name) => find(name) !== undefined);
      evaluateAll(needed);
      const found = withValue(values, needed);
      return found.size === needed.length ? found : undefined;
    },
    evaluated: () => withValue(values, [...values.keys()]),
    unusedOverrides: () =>
      [...Object.keys(overrides), ...given.keys()].filter((name) => !args.has(name) && !used.has(name)),
  };
}

/** Those of the names that have a value. */
function withValue(
  values: ReadonlyMap<string, TemplateValue | undefined>,
  names: readonly string[],
): Map<string, TemplateValue> {
  return new Map(
    names.flatMap((name): [string, TemplateValue][] => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function nodeOf(source: ArgSource | undefined): FileNode | undefined {
  return source !== undefined && 'node' in source ? source.node : undefined;
}

function describeCycle(cycle: readonly string[], args: ArgSources['args']): Problem {
  const offset = args.get(cycle[0] ?? '')?.keyOffset;
  return { offset, message: `args need each other: ${formatCycle(cycle)}`, hint: 'Give one of them a value.' };
}

function namesOf({ references }: Template): string[] {
  return [...new Set(references.map(({ path }) => path[0] ?? ''))];
}
