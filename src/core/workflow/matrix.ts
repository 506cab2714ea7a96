import { variableName } from '../job/variable-name.ts';
import { didYouMean } from '../suggest.ts';
import { agrees, extendWith } from '../sweep/combinations.ts';
import type { FileMap, FileNode } from './file-tree.ts';
import { type LeafContext, renderText } from './render-leaves.ts';
import type { TemplateValue } from './render-template.ts';

/** One combination of values, by the names of the axes; each as it was written, too. */
export type Combination = ReadonlyMap<string, MatrixValue>;

export interface MatrixValue {
  readonly value: string | number | boolean;
  readonly text: string;
}

/** More is a typing mistake, or work for an array. */
const maxCombinations = 10_000;

/**
 * The combinations of a `matrix`, in the order of its axes, the last of which changes first. `exclude` and `include` mean what
 * they mean in GitHub Actions: first what matches is taken out; then each entry of `include` extends all combinations with whose
 * own values it agrees, or else is one more. What is wrong is added to the problems, and then there are none.
 */
export function readMatrix(node: FileNode, context: LeafContext): readonly Combination[] {
  const { problems, what } = context;
  const before = problems.length;
  if (node.kind !== 'map') {
    problems.push({ offset: node.offset, message: `${what}: \`matrix\` must be a mapping of names to lists` });
    return [];
  }
  const axes = readAxes(node, context);
  const excluded = readEntries(node, 'exclude', context);
  const included = readEntries(node, 'include', context);
  if (problems.length > before) return [];
  for (const { entry, offset } of excluded) {
    const stranger = [...entry.keys()].find((key) => !axes.has(key));
    if (stranger === undefined) continue;
    const message = `${what}: \`exclude\` names \`${stranger}\`, which is no list of the matrix`;
    problems.push({ offset, message, hint: () => didYouMean(stranger, axes.keys()) });
  }
  const count = [...axes.values()].reduce((product, values) => product * values.length, 1);
  if (count > maxCombinations) {
    const message = `${what}: the matrix has ${count} combinations, and ${maxCombinations} are allowed`;
    problems.push({ offset: node.offset, message, hint: 'An `array` has as many tasks as you like.' });
  }
  if (problems.length > before) return [];
  const kept = combine(axes).filter((one) => !excluded.some(({ entry }) => agrees(entry, one)));
  const all = extendWith(
    kept,
    included.map(({ entry }) => entry),
  );
  if (all.length === 0) problems.push({ offset: node.offset, message: `${what}: the matrix has no combination` });
  return all;
}

function readAxes({ entries }: FileMap, context: LeafContext): ReadonlyMap<string, readonly MatrixValue[]> {
  const axes = new Map<string, readonly MatrixValue[]>();
  const { problems, what } = context;
  for (const [key, { keyOffset, value }] of entries) {
    if (key === 'include' || key === 'exclude' || key.startsWith('x-')) continue;
    const field = `${what}: \`matrix.${key}\``;
    if (!variableName.test(key)) {
      const hint = 'Write letters, digits and _, not beginning with a digit.';
      problems.push({ offset: keyOffset, message: `${field} is no name that a template can use`, hint });
    } else if (value.kind !== 'list' || value.items.length === 0) {
      problems.push({ offset: value.offset, message: `${field} must be a list of at least one value` });
    } else {
      axes.set(
        key,
        value.items.flatMap((item) => readValue(item, { ...context, what: field }) ?? []),
      );
    }
  }
  return axes;
}

interface Entry {
  readonly entry: Combination;
  readonly offset: number;
}

function readEntries({ entries }: FileMap, key: 'include' | 'exclude', context: LeafContext): readonly Entry[] {
  const value = entries.get(key)?.value;
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return [];
  const what = `${context.what}: \`matrix.${key}\``;
  const items = value.kind === 'list' ? value.items : [];
  if (value.kind === 'list' && items.every(({ kind }) => kind === 'map')) {
    return items.map((item) => ({ entry: readEntry(item as FileMap, { ...context, what }), offset: item.offset }));
  }
  context.problems.push({ offset: value.offset, message: `${what} must be a list of mappings of names to values` });
  return [];
}

function readEntry({ entries }: FileMap, context: LeafContext): Combination {
  const entry = new Map<string, MatrixValue>();
  for (const [key, { keyOffset, value }] of entries) {
    const read = readValue(value, context);
    if (!variableName.test(key)) {
      const message = `${context.what}: \`${key}\` is no name that a template can use`;
      context.problems.push({ offset: keyOffset, message });
    } else if (read !== undefined) entry.set(key, read);
  }
  return entry;
}

function readValue(node: FileNode, context: LeafContext): MatrixValue | undefined {
  if (node.kind !== 'scalar' || node.value === null) {
    const message = `${context.what}: a value must be text, a number, true or false`;
    context.problems.push({ offset: node.offset, message });
    return undefined;
  }
  if (typeof node.value !== 'string') return { value: node.value, text: node.text };
  const text = renderText(node.value, node.offset, context);
  return text === undefined ? undefined : { value: text, text };
}

function combine(axes: ReadonlyMap<string, readonly MatrixValue[]>): readonly Combination[] {
  if (axes.size === 0) return [];
  return [...axes].reduce<readonly Combination[]>(
    (found, [key, values]) => found.flatMap((one) => values.map((value) => new Map([...one, [key, value]]))),
    [new Map()],
  );
}

/** What templates see as `matrix`. */
export function matrixValue(combination: Combination): TemplateValue {
  const entries = [...combination];
  return {
    value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    texts: new Map(entries.map(([key, { text }]) => [key, text])),
  };
}
