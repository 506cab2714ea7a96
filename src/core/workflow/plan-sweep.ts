import { BugError, ConfigError } from '../errors.ts';
import type { Cell, FailFast, Sweep } from '../sweep/sweep.ts';
import type { FileMap } from './file-tree.ts';
import { createGroupReader } from './parse-job.ts';
import { type Plan, type PlanInput, type PlannedJob, planWorkflow, type WrittenPlan } from './plan.ts';
import type { TemplateValue } from './render-template.ts';
import { refuseUnfit } from './sweep-limits.ts';
import { unusedAxisWarnings } from './unused-axes.ts';
import { readWorkflowFile } from './workflow-file.ts';

/** The immutable result of planning every cell of a sweep. */
export interface SweepPlan {
  readonly workflow: Plan['workflow'];
  readonly axes: readonly string[];
  /** All of them, by their index. */
  readonly cells: readonly ValuedCell[];
  readonly groups: readonly CellGroup[];
  readonly maxParallel: number;
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
}

/** With the values as templates see them. */
export interface ValuedCell extends PlannedCell {
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

/** Plans every cell; throws for the first that is wrong, and says which. */
export function planSweep(input: PlanInput, sweep: Sweep): SweepPlan {
  const shared = { ...input, readTree: onceEach(readWorkflowFile), readGroup: createGroupReader(), hash: () => '' };
  const warnings = new Set<string>();
  const keyed = new Map<string, { readonly cells: Cell[]; readonly plans: CellJobs[] }>();
  let first: Plan | undefined;
  for (const cell of sweep.cells) {
    const plan = planCell(cell, shared);
    first ??= plan;
    for (const warning of plan.warnings) warnings.add(warning);
    const key = signatureOf(plan);
    const group = keyed.get(key) ?? { cells: [], plans: [] };
    keyed.set(key, group);
    group.cells.push(cell);
    group.plans.push({ jobs: plan.jobs, skipped: plan.skipped });
  }
  const groups = [...keyed.values()].map(({ cells, plans }) => groupOf(cells, plans));
  refuseUnfit(groups.flatMap(({ stages }) => stages.map(({ job }) => job)));
  if (first === undefined) throw new BugError('a sweep has no cell', { code: 'bug.sweep' });
  const { workflow, configured, written } = first;
  const { axes, maxParallel, failFast } = sweep;
  const cells = sweep.cells.map(valuedCell);
  return {
    ...{ workflow, axes, cells, groups, maxParallel },
    ...(failFast === undefined ? {} : { failFast }),
    configured: [...configured, ...sweep.configured],
    warnings: [...sweep.warnings, ...warnings, ...unusedAxisWarnings({ axes, cells, groups })],
    hash: input.hash(JSON.stringify({ name: workflow.name, groups })),
    ...(written === undefined ? {} : { written: withHashes(written, input.hash) }),
  };
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

function planCell(cell: Cell, input: PlanInput): Plan {
  try {
    return planWorkflow({ ...input, given: givenOf(cell) });
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
function givenOf({ index, name, values }: Cell): ReadonlyMap<string, TemplateValue> {
  return new Map<string, TemplateValue>([...values, ['cell', { value: { index, name } }]]);
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

/** What is kept of the plan of a cell: there may be ten thousand. */
type CellJobs = Pick<Plan, 'jobs' | 'skipped'>;

function groupOf(cells: readonly Cell[], plans: readonly CellJobs[]): CellGroup {
  const [model] = plans;
  const stages = (model?.jobs ?? []).map((_, at) => stageOf(plans.flatMap(({ jobs }) => jobs[at] ?? [])));
  return { cells: cells.map(({ index }) => index), stages, skipped: model?.skipped ?? [] };
}

/** The texts of a job that are not the same in all cells of a group: a column for each. */
interface Rows {
  readonly rows: readonly (readonly string[])[];
  /** Says where the column stands. */
  readonly add: (texts: readonly string[]) => number;
}

function createRows(count: number): Rows {
  const rows: string[][] = Array.from({ length: count }, () => []);
  const add = (texts: readonly string[]): number => {
    for (const [index, text] of texts.entries()) rows[index]?.push(text);
    return (rows[0]?.length ?? 0) - 1;
  };
  return { rows, add };
}

/** One job of a workflow, as each of the cells has it. */
function stageOf(jobs: readonly PlannedJob[]): Stage {
  const [job] = jobs;
  if (job === undefined) throw new BugError('a group of cells has no cell', { code: 'bug.group' });
  const table = createRows(jobs.length);
  const script = varyScript(jobs, table);
  const env = varyEnvironment(jobs, table);
  const workDir = varyText(
    jobs.map((one) => one.workDir ?? ''),
    table,
  );
  const args = varyArgs(jobs, table);
  const { workDir: own, ...rest } = job;
  return {
    job: {
      ...(workDir === undefined ? job : rest),
      wrapped: true,
      args: args === undefined ? job.args : [],
      env: Object.fromEntries(Object.entries(job.env).filter(([key]) => env[key] === undefined)),
      options: workDir === undefined ? job.options : job.options.filter((option) => option !== `--chdir=${own}`),
    },
    varies: {
      env,
      ...(script === undefined ? {} : { script }),
      ...(args === undefined ? {} : { args }),
      ...(workDir === undefined ? {} : { workDir }),
    },
    rows: table.rows,
  };
}

function varyText(texts: readonly string[], { add }: Rows): number | undefined {
  return texts.every((text) => text === texts[0]) ? undefined : add(texts);
}

function varyEnvironment(jobs: readonly PlannedJob[], table: Rows): Varying['env'] {
  return Object.fromEntries(
    Object.keys(jobs[0]?.env ?? {}).flatMap((key) => {
      const place = varyText(
        jobs.map(({ env }) => env[key] ?? ''),
        table,
      );
      return place === undefined ? [] : [[key, place]];
    }),
  );
}

/** All of them, where one differs: they are set together. */
function varyArgs(jobs: readonly PlannedJob[], { add }: Rows): Varying['args'] | undefined {
  const [first] = jobs.map(({ args }) => JSON.stringify(args));
  if (jobs.every(({ args }) => JSON.stringify(args) === first)) return undefined;
  const places = (jobs[0]?.args ?? []).map((_, at) => add(jobs.map(({ args }) => args[at] ?? '')));
  return { from: places[0] ?? 0, count: places.length };
}

/** Lines that differ become columns; scripts of different lengths are a column as they are. */
function varyScript(jobs: readonly PlannedJob[], table: Rows): Varying['script'] | undefined {
  const scripts = jobs.map(({ script }) => script);
  if (scripts.every((script) => script === scripts[0])) return undefined;
  const lines = scripts.map((script) => script.split('\n'));
  const count = lines[0]?.length ?? 0;
  if (lines.some(({ length }) => length !== count)) return [table.add(scripts)];
  const parts = Array.from({ length: count }, (_, at) => {
    const texts = lines.map((one) => one[at] ?? '');
    const end = at < count - 1 ? '\n' : '';
    const place = varyText(texts, table);
    return place === undefined ? [`${texts[0]}${end}`] : [place, end];
  });
  return joinTexts(parts.flat());
}

function joinTexts(parts: readonly (string | number)[]): readonly (string | number)[] {
  const joined: (string | number)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
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
