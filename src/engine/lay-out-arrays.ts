import { countTasks, formatTaskSet, parseTaskSet } from '../core/slurm/job-id.ts';
import { taskSetOf } from '../core/slurm/task-set-of.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';

/** One job array of a sweep: a job of the workflow, for cells of one group. */
export interface SweepArray {
  readonly token: string;
  readonly group: number;
  readonly stage: number;
  /** The index of a task plus this is that of its cell. */
  readonly offset: number;
  /** As `--array` takes it, without a limit. */
  readonly tasks: string;
  /** So many of its tasks run at once. */
  readonly limit: number;
  /** An array of the same job that has to end first, because both have the same places. */
  readonly follows?: string;
  /** Of a sweep that was added to, which of its hand-overs the array came with; absent: the first. */
  readonly part?: number;
}

interface LayoutOptions {
  readonly tokenOf: (position: number) => string;
  /** Of the cluster: indices must be below it. */
  readonly maxArraySize: number;
  /** What is added to a sweep: its number, and how many groups there were before. */
  readonly part?: { readonly number: number; readonly firstGroup: number } | undefined;
}

/**
 * The arrays of a sweep, parents before children. All jobs of a group have the same indices in each chunk, so that a task can wait for
 * the task with its own index. `max_parallel` holds for each job over the whole sweep: groups share it, and what is more than that,
 * chunks included, runs one after another in the same places.
 */
export function layOutArrays(
  plan: Pick<SweepPlan, 'groups' | 'maxParallel'>,
  { tokenOf, maxArraySize, part }: LayoutOptions,
): readonly SweepArray[] {
  const arrays: SweepArray[] = [];
  const lanes = Math.min(plan.groups.length, plan.maxParallel);
  const limits = shareLimit(
    plan.groups.map(({ cells }) => cells.length),
    { lanes, maxParallel: plan.maxParallel },
  );
  /** The last array of each job, by its name, in each lane. */
  const ends = new Map<string, string>();
  for (const [at, { cells, stages }] of plan.groups.entries()) {
    const lane = at % lanes;
    const group = at + (part?.firstGroup ?? 0);
    const chunks = Map.groupBy(cells, (cell) => Math.floor(cell / maxArraySize));
    for (const [chunk, members] of chunks) {
      const offset = chunk * maxArraySize;
      const tasks = formatTaskSet(taskSetOf(members.map((cell) => cell - offset)));
      for (const [stage, { job }] of stages.entries()) {
        const token = tokenOf(arrays.length);
        const place = `${lane} ${job.name}`;
        const follows = ends.get(place);
        ends.set(place, token);
        const limit = limits[lane] ?? 1;
        arrays.push({
          ...{ token, group, stage, offset, tasks, limit },
          ...(follows === undefined ? {} : { follows }),
          ...(part === undefined ? {} : { part: part.number }),
        });
      }
    }
  }
  return arrays;
}

/** The places of each lane, from the numbers of cells of the groups: at least one, the more the more cells it has. */
function shareLimit(
  groups: readonly number[],
  { lanes, maxParallel }: { readonly lanes: number; readonly maxParallel: number },
): readonly number[] {
  const cells = Array.from({ length: lanes }, () => 0);
  for (const [index, count] of groups.entries()) cells[index % lanes] = (cells[index % lanes] ?? 0) + count;
  const limits = cells.map(() => 1);
  for (let left = maxParallel - lanes; left > 0; left -= 1) {
    const loads = cells.map((count, lane) => count / (limits[lane] ?? 1));
    const busiest = loads.indexOf(Math.max(...loads));
    if ((loads[busiest] ?? 0) <= 1) break;
    limits[busiest] = (limits[busiest] ?? 0) + 1;
  }
  return limits;
}

interface LaidOut {
  readonly arrays: readonly Pick<SweepArray, 'token' | 'group' | 'stage' | 'tasks' | 'part'>[];
  /** With which it was laid out. */
  readonly maxParallel: number;
}

/** As many as a sweep may at least have at once: so many arrays of a job run side by side, and each has a place. */
export function leastParallel(sweep: LaidOut): number {
  return Math.max(...partsOf(sweep).map(({ lanes }) => lanes));
}

/** By the tokens of arrays that are submitted already: their limits where the whole sweep has another one. */
export function limitsFor(sweep: LaidOut, maxParallel: number): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { arrays, groups, lanes } of partsOf(sweep)) {
    const counts = groups.map((group) => countCells(arrays.filter((array) => array.group === group)));
    const shares = shareLimit(counts, { lanes, maxParallel });
    for (const { token, group } of arrays) limits.set(token, shares[groups.indexOf(group) % lanes] ?? 1);
  }
  return limits;
}

interface LaidOutPart {
  readonly arrays: LaidOut['arrays'];
  /** Numbers of groups, in their order. */
  readonly groups: readonly number[];
  readonly lanes: number;
}

/** Each was laid out by itself. */
function partsOf({ arrays, maxParallel }: LaidOut): readonly LaidOutPart[] {
  return [...Map.groupBy(arrays, ({ part }) => part).values()].map((ofPart) => {
    const groups = [...new Set(ofPart.map(({ group }) => group))].sort((left, right) => left - right);
    return { arrays: ofPart, groups, lanes: Math.min(groups.length, maxParallel) };
  });
}

function countCells(arrays: LaidOut['arrays']): number {
  const first = Math.min(...arrays.map(({ stage }) => stage));
  const sets = arrays.flatMap(({ stage, tasks }) => (stage === first ? (parseTaskSet(tasks) ?? []) : []));
  return sets.reduce((sum, set) => sum + countTasks(set), 0);
}
