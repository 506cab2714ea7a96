import { variableName } from '../job/variable-name.ts';
import type { FileMap, FileNode } from '../workflow/file-tree.ts';
import { isPython } from '../workflow/python-code.ts';
import { type AxisContext, generateValues, generatorOf } from './axis-generators.ts';
import type { AxisValue } from './sweep.ts';

/** Templates have other things under these names. */
const reserved: ReadonlySet<string> = new Set(['deps', 'cell', 'sweep', 'runtime', 'matrix']);

/** In a template they are words of its language. */
const keywords: ReadonlySet<string> = new Set([
  ...['true', 'false', 'none', 'True', 'False', 'None', 'and', 'or', 'not', 'in', 'is', 'if', 'else'],
]);

export const axisNameHint = 'Choose another name: letters, digits and _, such as my_lr.';

/** `undefined`: it may be the name of an axis. */
export function axisNameFault(name: string): string | undefined {
  if (reserved.has(name)) return `matrix axis '${name}' is reserved`;
  return variableName.test(name) && !keywords.has(name)
    ? undefined
    : `matrix axis '${name}' is no name that a template can use`;
}

/** The values of one axis; without one, what is wrong is among the problems. */
export function readAxis(node: FileNode, context: AxisContext): readonly AxisValue[] {
  const { problems, what } = context;
  if (node.kind === 'list') return readList(node.items, node.offset, context);
  if (node.kind === 'map') {
    const generator = generatorOf(node);
    const inner = generator === undefined ? undefined : node.entries.get(generator)?.value;
    if (generator === 'choice' && inner !== undefined) return readAxis(inner, context);
    if (generator !== undefined && inner !== undefined) return generateValues(generator, inner, context) ?? [];
    if (node.entries.size > 0) return readGroups(node, context);
  }
  const kind = node.kind === 'scalar' ? (node.value === null ? 'null' : typeof node.value) : 'an empty mapping';
  const one = node.kind === 'scalar' && node.value !== null ? `[${node.text}]` : '[a, b]';
  problems.push({ offset: node.offset, message: `${what} must be a list (got ${kind})`, hint: `Write ${one}.` });
  return [];
}

function readList(items: readonly FileNode[], offset: number, context: AxisContext): readonly AxisValue[] {
  if (items.length === 0) {
    const message = `${context.what} must contain at least one value`;
    context.problems.push({ offset, message, hint: 'Write a value, or leave the axis out.' });
  }
  return items.flatMap((item) => readScalar(item, context) ?? []);
}

/** A value of the file, as it was written. */
export function readScalar(
  node: FileNode,
  { problems, what }: Pick<AxisContext, 'problems' | 'what'>,
): AxisValue | undefined {
  if (node.kind !== 'scalar' || node.value === null) {
    const kind = node.kind === 'scalar' ? 'null' : `a ${node.kind === 'list' ? 'list' : 'mapping'}`;
    problems.push({
      offset: node.offset,
      message: `${what} contains non-scalar value ${kind} (only str/int/float/bool allowed)`,
      hint:
        kind === 'null'
          ? 'Leave it out, or write "" or "null" for text.'
          : 'Values that belong together are a named group: `{small: {layers: 2}, big: {layers: 8}}`.',
    });
    return undefined;
  }
  if (typeof node.value !== 'string' || !isPython(node.value)) {
    return { value: node.value, text: typeof node.value === 'string' ? node.value : node.text };
  }
  problems.push({
    offset: node.offset,
    message: `${what} has a \`python:\` value, which no axis can have`,
    hint: 'Write the values, or compute one in `args` from the name of the axis.',
  });
  return undefined;
}

/** Values that are mappings, each with a name that stands for it. */
function readGroups({ entries }: FileMap, context: AxisContext): readonly AxisValue[] {
  return [...entries].flatMap(([name, { value }]) => {
    if (value.kind === 'map') return [{ value: plain(value) as Readonly<Record<string, unknown>>, text: name }];
    const hint = 'Write a list of values, or a mapping of names to mappings of values.';
    context.problems.push({
      offset: value.offset,
      message: `${context.what}.${name} must be a mapping of values`,
      hint,
    });
    return [];
  });
}

function plain(node: FileNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
}
