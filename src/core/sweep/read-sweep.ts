import type { ConfiguredValue } from '../config/configured-value.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { FileEntry, FileMap, FileNode } from '../workflow/file-tree.ts';
import type { Problem } from '../workflow/problems.ts';
import type { AxisFiles } from './axis-generators.ts';
import { cellNames } from './cell-names.ts';
import { requireApart, requireParallel } from './library.ts';
import { axisNameFault, axisNameHint, readAxis } from './read-axes.ts';
import { type BlockReader, cellsOf, readCount } from './read-cells.ts';
import type { AxisValue, FailFast, Sweep } from './sweep.ts';
import { maxCells, mostCells, sweepWords } from './sweep-rules.ts';

/** What the command line says of a sweep. */
export interface SweepFlags {
  /** In the order in which they were given. */
  readonly axes: ReadonlyMap<string, readonly AxisValue[]>;
  /** `false` goes before what the file says, too. */
  readonly failFast: boolean | undefined;
  readonly maxParallel: number | undefined;
  readonly maxParallelCells: number | undefined;
  readonly maxCells: number | undefined;
}

export interface SweepOptions {
  readonly flags: SweepFlags;
  /** The names of `--arg`. */
  readonly args: readonly string[];
  readonly files?: AxisFiles | undefined;
  /** `max_parallel` of the configuration; asked for where neither the file nor the command line says it. */
  readonly configuredParallel?: (() => ConfiguredValue | undefined) | undefined;
  readonly problems: Problem[];
}

const sweepKeys = [
  ...['matrix', 'include', 'exclude', 'zip', 'samples', 'method', 'seed'],
  ...['fail_fast', 'max_parallel', 'max_parallel_cells', 'max_cells'],
] as const;

/**
 * The sweep that a workflow file is, with what the command line says; `undefined` where neither has an axis. What is wrong with the
 * file is added to the problems; what was typed is a UsageError.
 */
export function readSweep(root: FileMap, options: SweepOptions): Sweep | undefined {
  const { flags, problems } = options;
  const before = problems.length;
  const block = blockOf(root.entries.get('sweep'), options);
  if (problems.length === before && block === undefined && flags.axes.size === 0) return refuseIdleFlags(flags);
  const reader = { ...options, block: block ?? new Map<string, FileEntry>(), most: mostOf(block, options) };
  const axes = mergeAxes(reader);
  requireApart(options.args, [...flags.axes.keys()], [...axes.keys()]);
  const cells = problems.length > before ? [] : cellsOf(axes, reader);
  const failFast = readFailFast(reader, cells.length);
  const written = readCount(reader, 'max_parallel');
  const writtenCells = readCount(reader, 'max_parallel_cells');
  if (problems.length > before) return undefined;
  const names = cellNames(cells);
  const maxParallelCells = flags.maxParallelCells ?? writtenCells;
  // A cell has one task of each job.
  const said = flags.maxParallel ?? written ?? maxParallelCells;
  const configured = said === undefined ? options.configuredParallel?.() : undefined;
  return {
    axes: [...new Set(cells.flatMap((values) => [...values.keys()]))],
    cells: cells.map((values, index) => ({ index, name: names[index] ?? String(index), values })),
    maxParallel: requireParallel(said ?? (configured?.value as number | undefined)),
    ...(maxParallelCells === undefined ? {} : { maxParallelCells }),
    ...(failFast === undefined ? {} : { failFast }),
    configured: configured === undefined ? [] : [configured],
    warnings:
      said !== undefined && said !== maxParallelCells && said > cells.length ? [idleWords(said, cells.length)] : [],
  };
}

const noAxis = 'sweep: matrix must declare at least one axis';
const noAxisHint = 'Write `matrix:` with a list of values for each name.';

function idleWords(said: number, cells: number): string {
  return `\`max_parallel\` is ${said}, and there ${cells === 1 ? 'is 1 cell' : `are ${cells} cells`}`;
}

/** A key without a value is no sweep. */
function blockOf(
  entry: FileEntry | undefined,
  { flags, problems }: SweepOptions,
): ReadonlyMap<string, FileEntry> | undefined {
  if (entry === undefined || (entry.value.kind === 'scalar' && entry.value.value === null)) return undefined;
  if (entry.value.kind !== 'map') {
    const message = `\`sweep\` must be ${sweepWords}`;
    problems.push({ offset: entry.value.offset, message, hint: noAxisHint });
    return undefined;
  }
  for (const [key, { keyOffset }] of entry.value.entries) {
    if (key.startsWith('x-') || sweepKeys.some((known) => known === key)) continue;
    problems.push({
      offset: keyOffset,
      message: `\`sweep\` has an unknown key \`${key}\``,
      hint: () => didYouMean(key, sweepKeys),
    });
  }
  if (!entry.value.entries.has('matrix') && flags.axes.size === 0) {
    problems.push({ offset: entry.keyOffset, message: noAxis, hint: noAxisHint });
  }
  return entry.value.entries;
}

/** Without an axis they would do nothing. */
function refuseIdleFlags({ failFast, maxParallel, maxParallelCells, maxCells: most }: SweepFlags): undefined {
  const idle = [
    ...(failFast === true ? ['--fail-fast'] : []),
    ...(maxParallel === undefined ? [] : ['--max-parallel']),
    ...(maxParallelCells === undefined ? [] : ['--max-parallel-cells']),
    ...(most === undefined ? [] : ['--max-cells']),
  ];
  if (idle.length === 0) return undefined;
  throw new UsageError(`${idle[0]} has no meaning: the workflow is no sweep`, {
    code: 'usage.option_conflict',
    hint: 'Leave it out, or add an axis: --sweep KEY=v1,v2.',
  });
}

function mostOf(block: ReadonlyMap<string, FileEntry> | undefined, { flags, problems }: SweepOptions): number {
  const written = block === undefined ? undefined : readCount({ problems, block, most: 0 }, 'max_cells');
  return Math.min(flags.maxCells ?? written ?? maxCells, mostCells);
}

/** Those of the command line take the place of those of the file that have their name. */
function mergeAxes(reader: BlockReader & SweepOptions): ReadonlyMap<string, readonly AxisValue[]> {
  const { block, flags, problems } = reader;
  const entry = block.get('matrix');
  const axes = new Map<string, readonly AxisValue[]>();
  if (entry !== undefined && entry.value.kind !== 'map') {
    const hint = 'Write `matrix: {lr: [0.1, 0.01]}`.';
    problems.push({ offset: entry.value.offset, message: 'sweep: `matrix` must be a mapping of names to lists', hint });
  }
  const written = entry?.value.kind === 'map' ? [...entry.value.entries] : [];
  for (const [name, { keyOffset, value }] of written) {
    if (name.startsWith('x-')) continue;
    const fault = axisNameFault(name);
    if (fault !== undefined) problems.push({ offset: keyOffset, message: `sweep: ${fault}`, hint: axisNameHint });
    else
      axes.set(
        name,
        flags.axes.get(name) ?? readAxis(value, { ...reader, what: `matrix axis '${name}'`, most: mostCells }),
      );
  }
  for (const [name, values] of flags.axes) {
    const fault = axisNameFault(name);
    if (fault !== undefined)
      throw new UsageError(`--sweep ${name}: ${fault}`, { code: 'usage.option_value', hint: axisNameHint });
    axes.set(name, values);
  }
  const isEmpty = entry?.value.kind === 'map' && written.length === 0 && axes.size === 0;
  if (isEmpty) problems.push({ offset: entry.keyOffset, message: noAxis, hint: noAxisHint });
  return axes;
}

/** `false`, `true`, or `{after: N or "N%", cancel_running: true}`. */
function readFailFast({ flags, block, problems }: BlockReader & SweepOptions, cells: number): FailFast | undefined {
  const node = block.get('fail_fast')?.value;
  const isOn = (one: FileNode | undefined) => one?.kind === 'scalar' && one.value === true;
  if (flags.failFast === false) return undefined;
  if (flags.failFast === true || isOn(node))
    return { after: 1, cancelRunning: node?.kind === 'map' && isOn(node.entries.get('cancel_running')?.value) };
  if (node === undefined || (node.kind === 'scalar' && (node.value === false || node.value === null))) return undefined;
  const entries = node.kind === 'map' ? node.entries : undefined;
  const after = afterOf(entries?.get('after')?.value, cells);
  const isStrange =
    entries === undefined || [...entries.keys()].some((key) => key !== 'after' && key !== 'cancel_running');
  if (!isStrange && after !== undefined) return { after, cancelRunning: isOn(entries.get('cancel_running')?.value) };
  const message =
    'sweep.fail_fast must be true, false, or a mapping with `after` (a number of cells, or a share such as "10%") and `cancel_running`';
  problems.push({ offset: node.offset, message, hint: 'Write `fail_fast: true`, or `fail_fast: {after: 3}`.' });
  return undefined;
}

function afterOf(node: FileNode | undefined, cells: number): number | undefined {
  if (node === undefined) return 1;
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(value)) ?? [];
  const share = Number(percent);
  return share > 0 && share <= 100 ? Math.max(1, Math.ceil((cells * share) / 100)) : undefined;
}
