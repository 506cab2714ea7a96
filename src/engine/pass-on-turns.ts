import type { RedirectedJob } from '../cluster/cluster.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { type BegunFacts, hasBegun } from '../core/sweep/has-begun.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { cellsByTurn, turnsOfPart } from './cell-turns.ts';
import type { DescribedJob, RunDescription } from './describe-run.ts';
import type { SweepArray } from './lay-out-arrays.ts';

/** A job of a cell, as far as its turn goes. */
export interface TurnJob extends BegunFacts {
  /** `train#12`. */
  readonly name: string;
  readonly jobId: string | undefined;
  readonly final: boolean;
}

interface Cancelling {
  readonly jobs: readonly TurnJob[];
  /** Names of those that are about to be cancelled. */
  readonly meant: ReadonlySet<string>;
}

/**
 * Slurm lets a cell begin when the one before it has ended, although that was cancelled before its own turn had come. So before cells
 * are cancelled, each that follows one is told to wait for the one before that, too. Each part of a sweep takes turns of its own, when
 * those before it have ended; its windows follow each other as a whole.
 */
export function passOnTurns(description: RunDescription, { jobs, meant }: Cancelling): readonly RedirectedJob[] {
  const { sweep } = description;
  if (sweep === undefined) return [];
  const described = Map.groupBy(description.jobs, ({ part }) => part);
  const partOf = new Map(description.jobs.map(({ name, part }) => [name, part]));
  const byPart = Map.groupBy(jobs, ({ name }) => partOf.get(name));
  const former = new Set<string>();
  // In the order in which they were added.
  return [...Map.groupBy(sweep.arrays, ({ part }) => part)].flatMap(([part, arrays]) => {
    const own = byPart.get(part) ?? [];
    const atOnce = turnsOfPart(sweep, part);
    const before = [...former];
    for (const { name, jobId, final } of own) {
      if (!final && jobId !== undefined && placeOf(name) !== undefined) former.add(arrayIdOf(jobId));
    }
    if (atOnce === undefined) return [];
    const byName = new Map(own.map((job) => [job.name, job]));
    const byCell = Map.groupBy(own, cellOf);
    const tasks = Map.groupBy(describedTasks({ jobs: described.get(part) ?? [], arrays, byName }), cellOf);
    const turns = { meant, atOnce, byName, byCell, tasks, former: before };
    const windows = Map.groupBy(arrays, ({ window }) => window);
    return [...windows.values()].flatMap((ofWindow) => passOn({ ...turns, order: cellsByTurn(ofWindow) }));
  });
}

interface Turns extends Waiting {
  readonly meant: Cancelling['meant'];
  readonly atOnce: number;
  readonly byCell: ReadonlyMap<number, readonly TurnJob[]>;
  readonly tasks: ReadonlyMap<number, readonly DescribedTask[]>;
  /** Cells, in the order in which they take turns. */
  readonly order: readonly number[];
}

function passOn({ meant, atOnce, byCell, tasks, order, ...waiting }: Turns): readonly RedirectedJob[] {
  const jobsAt = (position: number) => byCell.get(order[position] ?? -1) ?? [];
  const isGivenUp = (position: number) => {
    const ofCell = jobsAt(position);
    // One without jobs here has been taken up by a later part, when it had ended in this one.
    if (ofCell.length === 0) return true;
    return !ofCell.some(hasBegun) && ofCell.some(({ name, final }) => final || meant.has(name));
  };
  return order.flatMap((cell, position) => {
    const before = position - atOnce;
    if (before < 0 || isGivenUp(position) || jobsAt(position).some(hasBegun) || !isGivenUp(before)) return [];
    let first = before;
    while (first >= 0 && isGivenUp(first)) first -= atOnce;
    // Then the place is free, unless by what all of this part waits for.
    if (first < 0 || idsOf(jobsAt(first)).length === 0) return [];
    const others = [before, first].flatMap((at) => idsOf(jobsAt(at)));
    return redirect(tasks.get(cell) ?? [], { ...waiting, others });
  });
}

function cellOf({ name }: Pick<TurnJob, 'name'>): number {
  return placeOf(name)?.cell ?? -1;
}

function arrayIdOf(jobId: string): string {
  return jobId.replace(/_.*$/, '');
}

function idsOf(jobs: readonly TurnJob[]): readonly string[] {
  return jobs.flatMap(({ final, jobId }) => (final || jobId === undefined ? [] : [jobId]));
}

interface Waiting {
  readonly byName: ReadonlyMap<string, TurnJob>;
  /** Ids of arrays of earlier parts, which have to end before any cell of this one begins. */
  readonly former: readonly string[];
}

interface Redirection extends Waiting {
  /** Job ids. */
  readonly others: readonly string[];
}

/** Each of its jobs that could begin by itself; with all that it waits for besides. */
function redirect(tasks: readonly DescribedTask[], { byName, former, others }: Redirection): readonly RedirectedJob[] {
  const turn = [...former, ...others].map((jobId) => ({ type: 'afterany', jobId }) as const);
  return tasks.flatMap(({ name, edges, follows }) => {
    const job = byName.get(name);
    const isNative = edges.length > 0 && edges.every(({ type }) => type === 'afterok');
    if (job === undefined || isNative) return [];
    const parents = edges.map(({ type, parent }) => ({ type, job: byName.get(parent) }));
    const own = parents.flatMap(({ type, job: one }) =>
      idsOf(one === undefined ? [] : [one]).map((jobId) => ({ type, jobId })),
    );
    const before = follows === undefined ? [] : [{ type: 'afterany', jobId: follows } as const];
    return idsOf([job]).map((jobId) => ({ jobId, dependencies: [...own, ...before, ...turn] }));
  });
}

interface DescribedTask extends Pick<DescribedJob, 'name' | 'edges'> {
  /** The id of the array that has to end before its own. */
  readonly follows: string | undefined;
}

interface DescribedPart {
  readonly jobs: readonly DescribedJob[];
  readonly arrays: readonly Pick<SweepArray, 'token' | 'follows'>[];
  readonly byName: Waiting['byName'];
}

function describedTasks({ jobs, arrays, byName }: DescribedPart): readonly DescribedTask[] {
  const follows = new Map(arrays.map((array) => [array.token, array.follows]));
  const ids = new Map<string, string>();
  for (const { name, token } of jobs) {
    const job = byName.get(name);
    if (job?.jobId !== undefined && !job.final) ids.set(arrayOfTask(token), arrayIdOf(job.jobId));
  }
  return jobs.map(({ name, token, edges }) => {
    const before = follows.get(arrayOfTask(token));
    return { name, edges, follows: before === undefined ? undefined : ids.get(before) };
  });
}
