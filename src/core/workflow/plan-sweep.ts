import { BugError, ConfigError } from '../errors.ts';
import type { Cell, FailFast, Sweep } from '../sweep/sweep.ts';
import { idToCome, sweepValue } from '../sweep/sweep-value.ts';
import type { FileMap } from './file-tree.ts';
import { type CellJobs, groupOf } from './group-cells.ts';
import { createGroupReader } from './parse-job.ts';
import {
  type Plan,
  type PlanInput,
  type PlannedJob,
  planWorkflow,
  requireUsed,
  type WrittenPlan,
  workflowName,
} from './plan.ts';
import { divideSelection, planReduce, type ReducePlan } from './plan-reduce.ts';
import type { TemplateValue } from './render-template.ts';
import { excessWarning, refuseUnfit } from './sweep-limits.ts';
import { unusedAxisWarnings } from './unused-axes.ts';
import { readWorkflowFile } from './workflow-file.ts';

/** The immutable result of planning every cell of a sweep. */
export interface SweepPlan {
  readonly workflow: Plan['workflow'];
  readonly axes: readonly string[];
  /** All of them, by their index. */
  readonly cells: readonly ValuedCell[];
  readonly groups: readonly CellGroup[];
  /** Jobs after all cells; absent where there are none. */
  readonly reduce?: ReducePlan;
  /** Of the run that it becomes; absent where it is only looked at. */
  readonly id?: string;
  readonly maxParallel: number;
  /** As asked for: it may be more than there are. */
  readonly maxParallelCells?: number;
  readonly failFast?: FailFast;
  readonly warnings: readonly string[];
  readonly configured: Plan['configured'];
  readonly hash: string;
  readonly written?: WrittenPlan;
}

export interface PlannedCell {
  readonly index: number;
  readonly name: string;
  /** As written. */
  readonly values: Readonly<Record<string, string>>;
  /** Those that are numbers, or true or false; absent where none is, and in sweeps of an srunx that did not store them. */
  readonly typed?: TypedValues;
}

export type TypedValues = Readonly<Record<string, number | boolean>>;

/** With the values as templates see them. */
export interface ValuedCell extends Omit<PlannedCell, 'typed'> {
  readonly params: Readonly<Record<string, unknown>>;
}

/** Cells that ask the cluster for the same, in all their jobs: each job is one array of them. */
export interface CellGroup {
  /** Indices, ascending. */
  readonly cells: readonly number[];
  /** Parents before children. */
  readonly stages: readonly Stage[];
  /** Jobs that `when` leaves out. */
  readonly skipped: Plan['skipped'];
}

/** A job of the workflow, for all cells of a group. */
export interface Stage {
  /** Of the first cell; what differs between cells stands in `varies`. */
  readonly job: PlannedJob;
  readonly varies: Varying;
  /** For each cell of the group, in its order: the texts that `varies` counts, one after another. */
  readonly rows: readonly (readonly string[])[];
}

export interface Varying {
  /** The script in parts: its text, or which of the row's texts stands there. Absent: it is the same in all cells. */
  readonly script?: readonly (string | number)[];
  /** Variables of the environment, by their place in the row. */
  readonly env: Readonly<Record<string, number>>;
  /** Where the arguments of the script begin in the row, and how many there are. */
  readonly args?: { readonly from: number; readonly count: number };
  readonly workDir?: number;
}

/** Plans every cell, and what comes after them; throws for the first cell that is wrong, and says which. */
export function planSweep(
  input: PlanInput,
  { id, count, ...sweep }: Sweep & { readonly id?: string | undefined },
): SweepPlan {
  const { axes, maxParallel, maxParallelCells, failFast } = sweep;
  const readTree = onceEach(readWorkflowFile);
  const root = readTree(input.text, input.source);
  const selection = divideSelection(input.selection, root);
  const value = sweepValue({ id, name: workflowName(root), cells: count ?? sweep.cells.length, maxParallel });
  const unused: Unused[] = [];
  const tellUnused = (names: readonly string[], known: readonly string[]) => void unused.push({ names, known });
  const reader = { ...input, readTree, readGroup: createGroupReader(), hash: () => '', tellUnused };
  const { groups, first, warnings } = planCells(sweep.cells, { ...reader, selection: selection.cells, sweep: value });
  const given = new Map([['sweep', value]]);
  const facts = { axes, cellJobs: namesOfJobs(groups) };
  const after = selection.reduce && planReduce({ ...reader, given, selection: selection.reduce }, facts);
  requireUsedSomewhere(unused, after !== undefined);
  const reduce = after && { reduce: { jobs: after.jobs, skipped: after.skipped } };
  const { workflow, written } = first;
  const content = JSON.stringify({ name: workflow.name, groups, ...reduce });
  const cells = sweep.cells.map(valuedCell);
  return {
    ...{ workflow, axes, cells, groups, maxParallel, ...reduce },
    ...(maxParallelCells === undefined ? {} : { maxParallelCells }),
    ...(id === undefined ? {} : { id }),
    configured: [...first.configured, ...(after?.configured ?? []), ...sweep.configured],
    ...(failFast === undefined ? {} : { failFast }),
    warnings: [
      ...sweep.warnings,
      ...excessWarning(maxParallelCells, cells.length),
      ...warnings,
      ...(after?.warnings ?? []),
      ...unusedAxisWarnings({ axes, cells, groups }),
    ],
    // Of two runs of one file it is the same.
    hash: input.hash(content.replaceAll(id ?? idToCome, idToCome)),
    ...(written === undefined ? {} : { written: withHashes(written, input.hash) }),
  };
}

type CellInput = PlanInput & { readonly sweep: TemplateValue };

interface PlannedCells {
  readonly groups: readonly CellGroup[];
  /** It speaks for all of them where they do not differ. */
  readonly first: Plan;
  readonly warnings: ReadonlySet<string>;
}

function planCells(cells: readonly Cell[], input: CellInput): PlannedCells {
  const warnings = new Set<string>();
  const keyed = new Map<string, { readonly cells: Cell[]; readonly plans: CellJobs[] }>();
  let first: Plan | undefined;
  for (const cell of cells) {
    const plan = planCell(cell, input);
    first ??= plan;
    for (const warning of plan.warnings) warnings.add(warning);
    const key = signatureOf(plan);
    const group = keyed.get(key) ?? { cells: [], plans: [] };
    keyed.set(key, group);
    group.cells.push(cell);
    group.plans.push({ jobs: plan.jobs, skipped: plan.skipped });
  }
  const groups = [...keyed.values()].map((group) => groupOf(group.cells, group.plans));
  refuseUnfit(groups.flatMap(({ stages }) => stages.map(({ job }) => job)));
  if (first === undefined) throw new BugError('a sweep has no cell', { code: 'bug.sweep' });
  return { groups, first, warnings };
}

function valuedCell({ index, name, values }: Cell): ValuedCell {
  const entries = [...values];
  return {
    index,
    name,
    values: Object.fromEntries(entries.map(([axis, { text }]) => [axis, text])),
    params: Object.fromEntries(entries.map(([axis, { value }]) => [axis, value])),
  };
}

/** Of the cells nobody asks for hashes. */
function withHashes(written: WrittenPlan, hash: PlanInput['hash']): WrittenPlan {
  return { ...written, files: written.files.map((file) => ({ ...file, hash: hash(file.text) })) };
}

/** The files do not change between two cells. */
function onceEach(read: typeof readWorkflowFile): typeof readWorkflowFile {
  const known = new Map<string, FileMap>();
  return (text, source) => {
    const tree = known.get(source) ?? read(text, source);
    known.set(source, tree);
    return tree;
  };
}

/** All names by which the jobs of cells are known. */
function namesOfJobs(groups: readonly CellGroup[]): ReadonlySet<string> {
  const planned = groups.flatMap(({ stages }) => stages.flatMap(({ job: { name, family = name } }) => [name, family]));
  return new Set([...planned, ...groups.flatMap(({ skipped }) => skipped.map(({ name }) => name))]);
}

interface Unused {
  readonly names: readonly string[];
  readonly known: readonly string[];
}

/** An arg that one part of the file uses is used. All cells use the same. */
function requireUsedSomewhere([cell, ...others]: readonly Unused[], hasReduce: boolean): void {
  if (cell === undefined) return;
  const reduce = hasReduce ? others.at(-1) : undefined;
  requireUsed(
    cell.names.filter((name) => reduce?.names.includes(name) !== false),
    cell.known,
  );
}

function planCell(cell: Cell, { sweep, ...input }: CellInput): Plan {
  try {
    return planWorkflow({ ...input, part: { kind: 'cell' }, given: givenOf(cell, sweep) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const values = [...cell.values].map(([axis, { text }]) => `${axis}=${text}`).join(', ');
    throw new ConfigError(`cell ${cell.index} (${values}): ${error.message}`, {
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    });
  }
}

/** What templates of a cell see beside the args of the file. */
function givenOf({ index, name, values }: Cell, sweep: TemplateValue): ReadonlyMap<string, TemplateValue> {
  return new Map<string, TemplateValue>([...values, ['cell', { value: { index, name } }], ['sweep', sweep]]);
}

/** Equal for cells whose jobs can be tasks of the same arrays. What a task reads of its own row is left out. */
function signatureOf({ jobs, skipped }: Plan): string {
  const shapes = jobs.map(({ script: _script, args, env, workDir: _workDir, options, matrix: _matrix, ...rest }) => ({
    ...rest,
    args: args.length,
    env: Object.keys(env),
    options: options.filter((option) => !option.startsWith('--chdir=')),
  }));
  return JSON.stringify([shapes, skipped.map(({ name }) => name)]);
}

/** The jobs of the cells that have the most of them. */
export function planOfCell({ groups }: Pick<SweepPlan, 'groups'>): Pick<Plan, 'jobs' | 'skipped' | 'satisfied'> {
  const [group] = [...groups].sort((left, right) => right.stages.length - left.stages.length);
  return { jobs: group?.stages.map(({ job }) => job) ?? [], skipped: group?.skipped ?? [], satisfied: [] };
}

/** The script of a job as one cell has it, by the place of the cell in its group. */
export function scriptOfCell({ job, varies, rows }: Stage, at: number): string {
  const row = rows[at] ?? [];
  return varies.script?.map((part) => (typeof part === 'string' ? part : (row[part] ?? ''))).join('') ?? job.script;
}

/** A job as one cell has it, whichever cells it was planned with. */
export function jobOfCell({ job, varies, rows }: Stage, at: number): PlannedJob {
  const row = rows[at] ?? [];
  const of = (place: number): string => row[place] ?? '';
  const { args, env } = varies;
  const workDir = varies.workDir === undefined ? job.workDir : of(varies.workDir);
  return {
    ...job,
    script: scriptOfCell({ job, varies, rows }, at),
    args: args === undefined ? job.args : row.slice(args.from, args.from + args.count),
    env: { ...job.env, ...Object.fromEntries(Object.entries(env).map(([key, place]) => [key, of(place)])) },
    options: job.options.filter((option) => !option.startsWith('--chdir=')),
    ...(workDir === undefined || workDir === '' ? {} : { workDir }),
  };
}

/** How many jobs the cells have together. */
export function tasksOf({ groups }: Pick<SweepPlan, 'groups'>): number {
  return groups.reduce((sum, { cells, stages }) => sum + cells.length * stages.length, 0);
}
