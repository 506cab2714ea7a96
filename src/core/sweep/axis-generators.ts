import type { FileMap, FileNode } from '../workflow/file-tree.ts';
import type { Problem } from '../workflow/problems.ts';
import type { AxisValue } from './sweep.ts';

/** What axes may read, relative to the workflow file; a SrunxError says why not. */
export interface AxisFiles {
  /** Paths that match, in the order of their names. */
  readonly glob: (pattern: string) => readonly string[];
  readonly read: (path: string) => string;
}

export interface AxisContext {
  readonly problems: Problem[];
  /** For messages: `sweep.matrix.lr`. */
  readonly what: string;
  readonly files?: AxisFiles | undefined;
  /** So many values are the most that make sense. */
  readonly most: number;
}

const numeric = ['range', 'linspace', 'logspace'] as const;
const generators = [...numeric, 'choice', 'glob', 'file'] as const;
type Generator = (typeof generators)[number];

/** The generator that an axis is, if it is one: a mapping with one key of these. */
export function generatorOf({ entries }: FileMap): Generator | undefined {
  const [key] = entries.keys();
  return entries.size === 1 ? generators.find((name) => name === key) : undefined;
}

/**
 * The values of a generator. `range: [start, stop, step]` leaves `stop` out; `linspace` and `logspace: [first, last, count]` name both
 * ends. `undefined`: what is wrong is among the problems.
 */
export function generateValues(
  kind: Generator,
  node: FileNode,
  context: AxisContext,
): readonly AxisValue[] | undefined {
  if (kind === 'choice') return undefined;
  if (kind === 'glob' || kind === 'file') return readFiles(kind, node, context);
  const numbers = numbersOf(node);
  const values = numbers === undefined ? undefined : sequence(kind, numbers, context.most);
  if (values !== undefined) return values.map((value) => ({ value, text: String(value) }));
  const shape = kind === 'range' ? '[start, stop] or [start, stop, step], with step not 0' : '[first, last, count]';
  const positive = kind === 'logspace' ? ', both ends above 0' : '';
  context.problems.push({
    offset: node.offset,
    message: `${context.what}: \`${kind}\` must be ${shape}${positive}, and give 1 to ${context.most} values`,
  });
  return undefined;
}

function numbersOf(node: FileNode): readonly number[] | undefined {
  if (node.kind !== 'list') return undefined;
  const numbers = node.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'number' ? [item.value] : [],
  );
  return numbers.length === node.items.length && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** Floats without the dust of binary fractions: 0.3, and not 0.30000000000000004. */
const shortest = (value: number): number => Number(value.toPrecision(12));

function sequence(
  kind: (typeof numeric)[number],
  numbers: readonly number[],
  most: number,
): readonly number[] | undefined {
  const [first = 0, last = 0, third = 1] = numbers;
  if (numbers.length < 2 || numbers.length > 3) return undefined;
  if (kind === 'range') {
    const count = third === 0 ? 0 : Math.ceil((last - first) / third - 1e-9);
    if (!(count >= 1 && count <= most)) return undefined;
    return Array.from({ length: count }, (_, at) => shortest(first + at * third));
  }
  const count = third;
  const isBad = numbers.length < 3 || !Number.isInteger(count) || count < 1 || count > most;
  if (isBad || (kind === 'logspace' && (first <= 0 || last <= 0))) return undefined;
  return Array.from({ length: count }, (_, at) => {
    const part = count === 1 ? 0 : at / (count - 1);
    return shortest(kind === 'linspace' ? first + part * (last - first) : first * (last / first) ** part);
  });
}

/** Once, into the plan: what the files are later changes nothing. */
function readFiles(kind: 'glob' | 'file', node: FileNode, context: AxisContext): readonly AxisValue[] | undefined {
  const { files, problems, what } = context;
  const word = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : '';
  if (word === '' || files === undefined) {
    const why =
      files === undefined
        ? 'files cannot be read here'
        : `\`${kind}\` must be ${kind === 'glob' ? 'a pattern' : 'a path'}`;
    problems.push({ offset: node.offset, message: `${what}: ${why}` });
    return undefined;
  }
  const lines =
    kind === 'glob'
      ? files.glob(word)
      : files
          .read(word)
          .split('\n')
          .map((line) => line.replace(/\r$/, ''))
          .filter((line) => line !== '');
  if (lines.length > 0) return lines.map((line) => ({ value: line, text: line }));
  problems.push({ offset: node.offset, message: `${what}: \`${kind}: ${word}\` gives no value` });
  return undefined;
}
