import { expandTaskSet, parseTaskSet } from '../core/slurm/job-id.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { type RunRow, sweepMark } from '../store/runs.ts';
import type { DescribedJob, RunDescription, SweepDescription } from './describe-run.ts';
import { handoverDirectory, payloadName } from './sweep-parts.ts';

/** So many are kept: one look asks for the same few again and again. */
const mostKept = 4;
const kept = new Map<string, RunDescription>();

/** What the store has of a run, with the jobs of all cells where it is a sweep. */
export function readStoredRun(plan: string): RunDescription {
  const known = kept.get(plan);
  if (known !== undefined) return known;
  const description = withCells(JSON.parse(plan) as RunDescription);
  for (const [key] of kept) if (kept.size >= mostKept) kept.delete(key);
  kept.set(plan, description);
  return description;
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
  for (const { token, group, stage, offset, tasks, part } of arrays) {
    const model = groups[group]?.stages[stage];
    if (model === undefined) continue;
    for (const index of expandTasks(tasks)) {
      const cell = index + offset;
      const ofCell = jobs.get(cell) ?? [];
      jobs.set(cell, ofCell);
      ofCell.push({
        ...model,
        name: nameInCell(model.name, cell),
        payload: payloadName(model.name, group),
        token: tokenOfTask(token, index),
        edges: model.edges.map(({ type, parent }) => ({ type, parent: nameInCell(parent, cell) })),
        matrix: { ...model.matrix, ...values.get(cell) },
        ...(part === undefined ? {} : { part }),
      });
    }
  }
  return [...jobs].sort(([left], [right]) => left - right).flatMap(([, ofCell]) => ofCell);
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
