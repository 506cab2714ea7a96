import { expandTaskSet, parseTaskSet } from '../core/slurm/job-id.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { sweepMark } from '../store/runs.ts';
import type { DescribedJob, RunDescription, SweepDescription } from './describe-run.ts';

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
  return sweep === undefined ? description : { ...description, jobs: jobsOfCells(sweep) };
}

/** By cell, and in each of them parents before children. */
function jobsOfCells({ cells, groups, arrays }: SweepDescription): readonly DescribedJob[] {
  const jobs = new Map<number, DescribedJob[]>();
  const values = new Map(cells.map((cell) => [cell.index, cell.values]));
  for (const { token, group, stage, offset, tasks } of arrays) {
    const model = groups[group]?.stages[stage];
    if (model === undefined) continue;
    for (const index of expandTasks(tasks)) {
      const cell = index + offset;
      const ofCell = jobs.get(cell) ?? [];
      jobs.set(cell, ofCell);
      ofCell.push({
        ...model,
        name: nameInCell(model.name, cell),
        payload: model.name,
        token: tokenOfTask(token, index),
        edges: model.edges.map(({ type, parent }) => ({ type, parent: nameInCell(parent, cell) })),
        matrix: { ...model.matrix, ...values.get(cell) },
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

/** Of all submissions of a run: an array is one, whatever the number of its tasks. */
export function submissionTokens(description: RunDescription): readonly string[] {
  return (description.sweep?.arrays ?? description.jobs).map(({ token }) => token);
}
