import type { SubmissionTurn } from '../cluster/cluster.ts';
import { countTasks, parseTaskSet } from '../core/slurm/job-id.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import type { SweepArray } from './lay-out-arrays.ts';
import { expandTasks } from './run-description.ts';

/**
 * How many cells may be under way, where cells have to wait for each other. They have not where all may be, nor where a cell is one
 * job: then so many tasks of it are so many cells.
 */
export function cellsInTurn({
  groups,
  maxParallelCells,
}: Pick<SweepPlan, 'groups' | 'maxParallelCells'>): number | undefined {
  if (maxParallelCells === undefined) return undefined;
  const jobs = new Set(groups.flatMap(({ stages }) => stages.map(({ job }) => job.name)));
  const cells = groups.reduce((sum, group) => sum + (group.stages.length === 0 ? 0 : group.cells.length), 0);
  return jobs.size <= 1 || maxParallelCells >= cells ? undefined : maxParallelCells;
}

/** What was added to a sweep, as far as its turns go. */
export interface AddedLimits {
  readonly number: number;
  readonly cellsInTurn?: number | null | undefined;
}

/** A sweep as it is stored, as far as its turns go. */
export interface StoredTurns {
  readonly arrays: readonly Pick<SweepArray, 'stage' | 'tasks' | 'part'>[];
  readonly maxParallelCells?: number;
  /** Of the first part. */
  readonly cellsInTurn?: number | undefined;
  readonly parts?: readonly AddedLimits[] | undefined;
}

/** How many cells of one part take turns, as that was laid out. */
export function turnsOfPart(sweep: StoredTurns, part: number | undefined): number | undefined {
  if (part === undefined) return sweep.cellsInTurn;
  const stored = sweep.parts?.find(({ number }) => number === part)?.cellsInTurn;
  return stored === undefined ? guessedTurns(sweep, part) : (stored ?? undefined);
}

/** Of what was added by an srunx that did not store it. */
function guessedTurns({ arrays, maxParallelCells }: StoredTurns, part: number): number | undefined {
  const own = arrays.filter((array) => array.part === part);
  const isSingle = own.every(({ stage }) => stage === 0);
  return maxParallelCells === undefined || isSingle || maxParallelCells >= countCells(own)
    ? undefined
    : maxParallelCells;
}

/** Each cell has one task of a first job. */
export function countCells(arrays: readonly Pick<SweepArray, 'stage' | 'tasks'>[]): number {
  return arrays.reduce((sum, { stage, tasks }) => {
    const set = parseTaskSet(tasks);
    return stage === 0 && set !== undefined ? sum + countTasks(set) : sum;
  }, 0);
}

/** The arrays of the same cells. */
interface ArraySet {
  readonly tokens: readonly string[];
  readonly offset: number;
  /** Indices. */
  readonly tasks: readonly number[];
  /** How many sets have to end one after another before it. */
  readonly depth: number;
}

interface Turn {
  readonly set: ArraySet;
  readonly task: number;
}

/**
 * Cells take turns: each has the place of the one that stands so many cells before it, and begins when that has ended, with all its
 * tasks and however. By the token of an array, of which cells its tasks wait. The order is that of the cells; but where arrays follow
 * each other no cell may come before one that its arrays wait for.
 */
export function takeTurns(
  arrays: readonly SweepArray[],
  cellsAtOnce: number,
): ReadonlyMap<string, readonly SubmissionTurn[]> {
  const order = orderOf(arrays);
  const runs = new Map<ArraySet, SubmissionTurn[]>();
  for (const [position, { set, task }] of order.entries()) {
    const before = order[position - cellsAtOnce];
    if (before === undefined) continue;
    const shift = task - before.task;
    const ofSet = runs.get(set) ?? [];
    runs.set(set, ofSet);
    const last = ofSet.at(-1);
    if (last !== undefined && last.last === task - 1 && last.shift === shift && last.tokens === before.set.tokens) {
      ofSet[ofSet.length - 1] = { ...last, last: task };
    } else ofSet.push({ first: task, last: task, shift, tokens: before.set.tokens });
  }
  return new Map([...runs].flatMap(([{ tokens }, turns]) => tokens.map((token) => [token, turns])));
}

/** Cells, in the order in which they take turns. */
export function cellsByTurn(arrays: readonly SweepArray[]): readonly number[] {
  return orderOf(arrays).map(({ set, task }) => task + set.offset);
}

function orderOf(arrays: readonly SweepArray[]): readonly Turn[] {
  return setsOf(arrays)
    .flatMap((set): Turn[] => set.tasks.map((task) => ({ set, task })))
    .sort((one, other) => one.set.depth - other.set.depth || one.task + one.set.offset - other.task - other.set.offset);
}

function setsOf(arrays: readonly SweepArray[]): readonly ArraySet[] {
  const depths = new Map<string, number>();
  const sets = Map.groupBy(arrays, ({ group, offset }) => `${group} ${offset}`);
  return [...sets.values()].map((members) => {
    const before = members.flatMap(({ follows }) => (follows === undefined ? [] : [depths.get(follows) ?? 0]));
    const depth = Math.max(-1, ...before) + 1;
    for (const { token } of members) depths.set(token, depth);
    const [first] = members;
    return {
      tokens: members.map(({ token }) => token),
      offset: first?.offset ?? 0,
      tasks: expandTasks(first?.tasks ?? ''),
      depth,
    };
  });
}
