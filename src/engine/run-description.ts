import { expandTaskSet, hasTask, parseTaskSet } from '../core/slurm/job-id.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { type RunRow, sweepMark } from '../store/runs.ts';
import type { DescribedJob, RunDescription, SweepDescription } from './describe-run.ts';
import { handoverDirectory, payloadName } from './sweep-parts.ts';

/** So many are kept: one look asks for the same few again and again. */
const mostKept = 4;
const kept = new Map<string, { readonly stored: RunDescription; expanded?: RunDescription }>();

/** What the store has of a run, with the jobs of all cells where it is a sweep. */
export function readStoredRun(plan: string): RunDescription {
  const known = recall(plan);
  known.expanded ??= withCells(known.stored);
  return known.expanded;
}

/** The same without the jobs of cells, which may be tens of thousands. */
export function readStoredModel(plan: string): RunDescription {
  return recall(plan).stored;
}

function recall(plan: string): { readonly stored: RunDescription; expanded?: RunDescription } {
  const known = kept.get(plan);
  if (known !== undefined) return known;
  const fresh = { stored: JSON.parse(plan) as RunDescription };
  for (const [key] of kept) if (kept.size >= mostKept) kept.delete(key);
  kept.set(plan, fresh);
  return fresh;
}

/** A sweep is stored as what its cells have in common: here each of them gets its jobs. */
export function withCells(description: RunDescription): RunDescription {
  const { sweep } = description;
  if (sweep === undefined) return description;
  return { ...description, jobs: jobsOfSweep(sweep) };
}

/**
 * In the order of the parts in which they came first, so that each keeps its place when more is added; in a part by cell, and in each of
 * them parents before children. What runs once, when all jobs of cells have ended, stands behind the first part.
 */
function jobsOfSweep(sweep: SweepDescription): readonly DescribedJob[] {
  const { arrays, reduce = [] } = sweep;
  const parts = Map.groupBy(arrays, ({ part = 0 }) => part);
  const [first = [], ...others] = [...parts.values()].map((ofPart) => jobsOfPart(sweep, ofPart));
  if (others.length === 0) return [...first, ...jobsAfter(first, reduce)];
  const cells = new Map([...first, ...others.flat()].map((job) => [job.name, job]));
  const jobs = new Map([...first, ...jobsAfter([...cells.values()], reduce)].map((job) => [job.name, job]));
  for (const [name, job] of cells) jobs.set(name, job);
  return [...jobs.values()];
}

function jobsAfter(cells: readonly DescribedJob[], reduce: readonly DescribedJob[]): readonly DescribedJob[] {
  if (reduce.length === 0) return [];
  const ends = cells.map(({ name }) => ({ type: 'afterany', parent: name }) as const);
  return reduce.map((job) => ({ ...job, edges: [...ends, ...job.edges] }));
}

function jobsOfPart({ cells, groups }: SweepDescription, arrays: SweepDescription['arrays']): readonly DescribedJob[] {
  const jobs = new Map<number, DescribedJob[]>();
  const values = new Map(cells.map((cell) => [cell.index, cell.values]));
  for (const array of arrays) {
    const model = groups[array.group]?.stages[array.stage];
    if (model === undefined) continue;
    for (const index of expandTasks(array.tasks)) {
      const cell = index + array.offset;
      const ofCell = jobs.get(cell) ?? [];
      jobs.set(cell, ofCell);
      ofCell.push(jobOfTask(model, { array, index, values: values.get(cell) }));
    }
  }
  return [...jobs].sort(([left], [right]) => left - right).flatMap(([, ofCell]) => ofCell);
}

interface Task {
  readonly array: SweepDescription['arrays'][number];
  readonly index: number;
  readonly values: DescribedJob['matrix'];
}

function jobOfTask(model: Omit<DescribedJob, 'token'>, { array, index, values }: Task): DescribedJob {
  const { token, group, offset, part } = array;
  const cell = index + offset;
  return {
    ...model,
    name: nameInCell(model.name, cell),
    payload: payloadName(model.name, group),
    token: tokenOfTask(token, index),
    edges: model.edges.map(({ type, parent }) => ({ type, parent: nameInCell(parent, cell) })),
    matrix: { ...model.matrix, ...values },
    ...(part === undefined ? {} : { part }),
  };
}

/** The jobs of some cells alone, in each of them parents before children; without the values of the cells. */
export function jobsOfCells({ arrays, groups }: SweepDescription, cells: Iterable<number>): readonly DescribedJob[] {
  const sets = arrays.map((array) => ({ array, set: parseTaskSet(array.tasks) }));
  return [...cells].flatMap((cell) => {
    const jobs = new Map<string, DescribedJob>();
    for (const { array, set } of sets) {
      const model = groups[array.group]?.stages[array.stage];
      const index = cell - array.offset;
      if (model === undefined || set === undefined || !hasTask(set, index)) continue;
      const job = jobOfTask(model, { array, index, values: undefined });
      jobs.set(job.name, job);
    }
    return [...jobs.values()];
  });
}

/** The indices of a set as `--array` takes it. */
export function expandTasks(text: string): readonly number[] {
  const set = parseTaskSet(text);
  return set === undefined ? [] : expandTaskSet(set);
}

/** No job of a workflow has such a name. */
export function nameInCell(job: string, cell: number): string {
  return `${job}#${cell}`;
}

/** From the text alone, which may have megabytes. */
export function isSweepPlan(plan: string): boolean {
  return plan.includes(sweepMark);
}

/** As it is stored: what is made of the cells when it is read is left out. */
export function storedText(description: RunDescription): string {
  return JSON.stringify(description.sweep === undefined ? description : { ...description, jobs: [] });
}

export interface RunHandover {
  readonly directory: string;
  /** Of its submissions: an array is one, whatever the number of its tasks. */
  readonly tokens: readonly string[];
}

/** All hand-overs of a run, in their order: what is added to a sweep has its own. */
export function handoversOf({ directory, plan }: Pick<RunRow, 'directory' | 'plan'>): readonly RunHandover[] {
  const { sweep, jobs } = readStoredRun(plan);
  const submitted: readonly Pick<DescribedJob, 'token' | 'part'>[] =
    sweep === undefined ? jobs : [...sweep.arrays, ...(sweep.reduce ?? [])];
  const parts = Map.groupBy(submitted, ({ part }) => part);
  return [...parts].map(([part, submissions]) => ({
    directory: handoverDirectory(directory, part),
    tokens: submissions.map(({ token }) => token),
  }));
}
