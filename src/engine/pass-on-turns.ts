import type { RedirectedJob } from '../cluster/cluster.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { type BegunFacts, hasBegun } from '../core/sweep/has-begun.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { cellsByTurn } from './cell-turns.ts';
import type { DescribedJob, RunDescription } from './describe-run.ts';

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
 * are cancelled, each that follows one is told to wait for the one before that, too.
 */
export function passOnTurns(description: RunDescription, { jobs, meant }: Cancelling): readonly RedirectedJob[] {
  const { arrays = [], cellsInTurn: atOnce } = description.sweep ?? {};
  if (atOnce === undefined) return [];
  // What was added later takes turns of its own; windows follow each other as a whole.
  const added = new Set(description.jobs.flatMap(({ name, part }) => (part === undefined ? [] : [name])));
  const own = jobs.filter(({ name }) => !added.has(name));
  const windows = Map.groupBy(
    arrays.filter(({ part }) => part === undefined),
    ({ window }) => window,
  );
  return [...windows.values()].flatMap((ofWindow) =>
    passOn(description, { jobs: own, meant, atOnce, order: cellsByTurn(ofWindow) }),
  );
}

interface Turns extends Cancelling {
  readonly atOnce: number;
  /** Cells, in the order in which they take turns. */
  readonly order: readonly number[];
}

function passOn(description: RunDescription, { jobs, meant, atOnce, order }: Turns): readonly RedirectedJob[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const tasks = Map.groupBy(describedTasks(description, byName), ({ name }) => placeOf(name)?.cell ?? -1);
  const byCell = Map.groupBy(jobs, ({ name }) => placeOf(name)?.cell ?? -1);
  const jobsAt = (position: number) => byCell.get(order[position] ?? -1) ?? [];
  const isGivenUp = (position: number) => {
    const ofCell = jobsAt(position);
    return !ofCell.some(hasBegun) && ofCell.some(({ name, final }) => final || meant.has(name));
  };
  return order.flatMap((cell, position) => {
    const before = position - atOnce;
    if (before < 0 || isGivenUp(position) || jobsAt(position).some(hasBegun) || !isGivenUp(before)) return [];
    let first = before;
    while (first >= 0 && isGivenUp(first)) first -= atOnce;
    const others = [before, first].flatMap((at) => idsOf(jobsAt(at)));
    if (idsOf(jobsAt(first)).length === 0) return [];
    return redirect(tasks.get(cell) ?? [], { byName, others });
  });
}

function idsOf(jobs: readonly TurnJob[]): readonly string[] {
  return jobs.flatMap(({ final, jobId }) => (final || jobId === undefined ? [] : [jobId]));
}

interface Waiting {
  readonly byName: ReadonlyMap<string, TurnJob>;
  /** Job ids. */
  readonly others: readonly string[];
}

/** Each of its jobs that could begin by itself; with all that it waits for besides. */
function redirect(tasks: readonly DescribedTask[], { byName, others }: Waiting): readonly RedirectedJob[] {
  const turn = others.map((jobId) => ({ type: 'afterany', jobId }) as const);
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

function describedTasks(
  { jobs, sweep }: RunDescription,
  byName: ReadonlyMap<string, TurnJob>,
): readonly DescribedTask[] {
  const follows = new Map(sweep?.arrays.map((array) => [array.token, array.follows]));
  const ids = new Map<string, string>();
  for (const { name, token } of jobs) {
    const job = byName.get(name);
    if (job?.jobId !== undefined && !job.final) ids.set(arrayOfTask(token), job.jobId.replace(/_.*$/, ''));
  }
  return jobs.map(({ name, token, edges }) => {
    const before = follows.get(arrayOfTask(token));
    return { name, edges, follows: before === undefined ? undefined : ids.get(before) };
  });
}
