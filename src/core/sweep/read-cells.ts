import { didYouMean } from '../suggest.ts';
import type { FileEntry, FileMap, FileNode } from '../workflow/file-tree.ts';
import type { Problem } from '../workflow/problems.ts';
import { agrees, type Combination, extendWith } from './combinations.ts';
import { axisNameFault, readScalar } from './read-axes.ts';
import { mostSobolAxes, type SampleMethod, sampleMethods, samplePoints } from './sample-cells.ts';
import type { AxisValue } from './sweep.ts';

/** The keys of `sweep:`, and where what is wrong with them goes. */
export interface BlockReader {
  readonly block: ReadonlyMap<string, FileEntry>;
  readonly problems: Problem[];
  /** Cells. */
  readonly most: number;
}

type Cells = readonly Combination<AxisValue>[];

/** Axes that advance together count as one. */
type Group = readonly Combination<AxisValue>[];

/** The cells of the axes, as `zip`, `exclude`, `include` and `samples` have them. */
export function cellsOf(axes: ReadonlyMap<string, readonly AxisValue[]>, reader: BlockReader): Cells {
  const { problems, block, most } = reader;
  const groups = groupAxes(axes, reader);
  const excluded = readEntries('exclude', axes, reader);
  const included = readEntries('include', undefined, reader);
  const samples = readSamples(reader);
  if (samples?.method === 'sobol' && groups.length > mostSobolAxes) {
    const message = `sweep: \`method: sobol\` is for at most ${mostSobolAxes} axes, and there are ${groups.length}`;
    problems.push({ offset: block.get('method')?.value.offset, message, hint: 'Use latin.' });
  }
  if (problems.length > 0) return [];
  const count = groups.reduce((product, group) => product * group.length, 1);
  const offset = block.get('matrix')?.keyOffset;
  const isTooMany = (number: number): boolean => {
    if (number <= most) return false;
    const hint = `Set \`max_cells\` below \`sweep\` or give --max-cells if so many are meant, or draw some with \`samples\`.`;
    problems.push({ offset, message: `sweep: matrix cell_count=${number} exceeds limit ${most}`, hint });
    return true;
  };
  if (samples === undefined ? isTooMany(count) : isTooMany(Math.min(count, samples.count))) return [];
  const grid = samples === undefined ? cross(groups) : drawn(groups, samples);
  const kept = grid.filter((cell) => !excluded.some((entry) => agrees(entry, cell)));
  const cells = extendWith(kept, included);
  if (isTooMany(cells.length)) return [];
  if (cells.length === 0)
    problems.push({ offset, message: 'sweep: no cell is left', hint: '`exclude` takes out all of them.' });
  refuseTwins(cells, { offset, problems });
  return cells;
}

function cross(groups: readonly Group[]): Cells {
  return groups.reduce<Cells>(
    (cells, group) => cells.flatMap((cell) => group.map((part) => new Map([...cell, ...part]))),
    [new Map()],
  );
}

function drawn(groups: readonly Group[], samples: Omit<Parameters<typeof samplePoints>[0], 'sizes'>): Cells {
  const points = samplePoints({ ...samples, sizes: groups.map((group) => group.length) });
  return points.map((point) => new Map(point.flatMap((at, index) => [...(groups[index]?.[at] ?? [])])));
}

function groupAxes(axes: ReadonlyMap<string, readonly AxisValue[]>, reader: BlockReader): readonly Group[] {
  const zips = readZips(axes, reader);
  const done = new Set<string>();
  const groups: Group[] = [];
  for (const [name, values] of axes) {
    if (done.has(name)) continue;
    const members = zips.find((zip) => zip.includes(name)) ?? [name];
    for (const member of members) done.add(member);
    groups.push(
      values.map(
        (_, at) =>
          new Map(
            members.flatMap((member) => {
              const value = axes.get(member)?.[at];
              return value === undefined ? [] : [[member, value] as const];
            }),
          ),
      ),
    );
  }
  return groups;
}

/** `zip: [[a, b], [c, d]]`, or one group as a list of names. */
function readZips(
  axes: ReadonlyMap<string, readonly AxisValue[]>,
  { block, problems }: BlockReader,
): readonly (readonly string[])[] {
  const node = block.get('zip')?.value;
  if (node === undefined) return [];
  const lists =
    node.kind !== 'list' ? undefined : node.items.every(({ kind }) => kind === 'list') ? node.items : [node];
  const zips = (lists ?? []).map((list) =>
    list.kind === 'list' ? list.items.flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : [])) : [],
  );
  const fault = (message: string, hint?: string) =>
    problems.push({ offset: node.offset, message: `sweep: \`zip\` ${message}`, hint });
  const names = zips.flat();
  const stranger = names.find((name) => !axes.has(name));
  if (lists === undefined || zips.some((zip) => zip.length < 2))
    fault('must be lists of the names of two axes or more');
  else if (stranger !== undefined) fault(`names \`${stranger}\`, which is no axis`, didYouMean(stranger, axes.keys()));
  else if (new Set(names).size < names.length) fault('names an axis twice');
  else {
    for (const zip of zips) {
      const sizes = zip.map((name) => axes.get(name)?.length ?? 0);
      if (new Set(sizes).size > 1)
        fault(`needs axes of the same length: ${zip.map((name, at) => `${name} has ${sizes[at]}`).join(', ')}`);
    }
  }
  return zips;
}

/** `axes`: the only names that may stand there. */
function readEntries(
  key: 'include' | 'exclude',
  axes: ReadonlyMap<string, unknown> | undefined,
  { block, problems }: BlockReader,
): Cells {
  const node = block.get(key)?.value;
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind !== 'list' || node.items.some(({ kind }) => kind !== 'map')) {
    problems.push({ offset: node.offset, message: `sweep: \`${key}\` must be a list of mappings of names to values` });
    return [];
  }
  return node.items.map((item) => readEntry(item as FileMap, key, { axes, problems }));
}

function readEntry(
  { entries }: FileMap,
  key: string,
  { axes, problems }: { readonly axes: ReadonlyMap<string, unknown> | undefined; readonly problems: Problem[] },
): Combination<AxisValue> {
  return new Map(
    [...entries].flatMap(([name, { keyOffset, value }]) => {
      const fault = axes !== undefined && !axes.has(name) ? `names \`${name}\`, which is no axis` : axisNameFault(name);
      if (fault !== undefined) {
        const hint = () => (axes === undefined ? undefined : didYouMean(name, axes.keys()));
        problems.push({ offset: keyOffset, message: `sweep: \`${key}\`: ${fault}`, hint });
        return [];
      }
      const read = readScalar(value, { problems, what: `sweep: \`${key}\`: \`${name}\`` });
      return read === undefined ? [] : [[name, read] as const];
    }),
  );
}

function refuseTwins(
  cells: Cells,
  { offset, problems }: { readonly offset: number | undefined; readonly problems: Problem[] },
): void {
  const seen = new Map<string, number>();
  for (const [index, cell] of cells.entries()) {
    const key = JSON.stringify([...cell].map(([axis, { text, value }]) => [axis, text, typeof value]));
    const first = seen.get(key);
    if (first !== undefined) {
      const words = [...cell].map(([axis, { text }]) => `${axis}=${text}`).join(', ');
      problems.push({
        offset,
        message: `sweep: cells ${first} and ${index} are the same: ${words}`,
        hint: 'Write each value once.',
      });
      return;
    }
    seen.set(key, index);
  }
}

function readSamples(reader: BlockReader): Omit<Parameters<typeof samplePoints>[0], 'sizes'> | undefined {
  const { block, problems } = reader;
  const count = readCount(reader, 'samples');
  const idle = (['method', 'seed'] as const).find((key) => block.has(key));
  if (count === undefined && idle !== undefined && !block.has('samples')) {
    problems.push({
      offset: block.get(idle)?.keyOffset,
      message: `sweep: \`${idle}\` has no meaning without \`samples\``,
    });
  }
  const method = readWord(block.get('method')?.value) ?? 'random';
  const isKnown = (sampleMethods as readonly string[]).includes(method);
  if (!isKnown) {
    const message = `sweep: \`method\` must be one of ${sampleMethods.join(', ')}`;
    problems.push({ offset: block.get('method')?.value.offset, message, hint: didYouMean(method, sampleMethods) });
  }
  const seed = readCount(reader, 'seed', 0) ?? 0;
  return count === undefined ? undefined : { count, method: method as SampleMethod, seed };
}

function readWord(node: FileNode | undefined): string | undefined {
  return node?.kind === 'scalar' ? String(node.value) : undefined;
}

export function readCount(
  { block, problems }: BlockReader,
  key: 'samples' | 'seed' | 'max_parallel' | 'max_parallel_cells' | 'max_cells',
  least = 1,
): number | undefined {
  const node = block.get(key)?.value;
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return undefined;
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  const hint = `Write a whole number, such as \`${key}: 4\`.`;
  problems.push({ offset: node.offset, message: `sweep.${key} must be an integer >= ${least}`, hint });
  return undefined;
}
