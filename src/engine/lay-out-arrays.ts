import { formatTaskSet } from '../core/slurm/job-id.ts';
import { taskSetOf } from '../core/slurm/task-set-of.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { type AddedLimits, cellsInTurn, countCells, type StoredTurns, turnsOfPart } from './cell-turns.ts';

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
  /** Of a sweep that is handed over in windows: to which it belongs; absent in the first. */
  readonly window?: number;
}

interface LayoutOptions {
  readonly tokenOf: (position: number) => string;
  /** Of the cluster: indices must be below it. */
  readonly maxArraySize: number;
  /** What is added to a sweep: its number, and how many groups there were before. */
  readonly part?: { readonly number: number; readonly firstGroup: number } | undefined;
  /** The first cell of each window, where it is handed over in windows. */
  readonly windows?: readonly number[] | undefined;
}

/**
 * The arrays of a sweep, parents before children. All jobs of a group have the same indices in each chunk, so that a task can wait for
 * the task with its own index. `max_parallel` holds for each job over the whole sweep: groups share it, and what is more than that,
 * chunks included, runs one after another in the same places. Where fewer cells take turns than there are places, that is limit enough.
 * Windows run one after another: none begins before the one before it has ended.
 */
export function layOutArrays(plan: LayoutPlan, { windows = [0], ...options }: LayoutOptions): readonly SweepArray[] {
  const arrays: SweepArray[] = [];
  const tokenOf = (position: number) => options.tokenOf(arrays.length + position);
  for (const [window, first] of windows.entries()) {
    const end = windows[window + 1] ?? Number.POSITIVE_INFINITY;
    const isMember = (cell: number) => cell >= first && cell < end;
    const own = layOutWindow(plan, { ...options, tokenOf, isMember });
    arrays.push(...(window === 0 ? own : own.map((array) => ({ ...array, window }))));
  }
  return arrays;
}

type LayoutPlan = Pick<SweepPlan, 'groups' | 'maxParallel' | 'maxParallelCells'>;

interface WindowOptions extends Omit<LayoutOptions, 'windows'> {
  readonly isMember: (cell: number) => boolean;
}

function layOutWindow(
  plan: LayoutPlan,
  { tokenOf, maxArraySize, part, isMember }: WindowOptions,
): readonly SweepArray[] {
  const arrays: SweepArray[] = [];
  const places = placesOf(plan);
  const isFree = plan.maxParallel >= (cellsInTurn(plan) ?? Number.POSITIVE_INFINITY);
  // One without a job needs no place.
  const groups = [...plan.groups.entries()].filter(([, { stages }]) => stages.length > 0);
  const lanes = isFree ? groups.length : Math.min(groups.length, places);
  const counts = groups.map(([, { cells }]) => cells.length);
  const limits = isFree
    ? counts.map((count) => Math.min(count, places))
    : shareLimit(counts, { lanes, maxParallel: places });
  /** The last array of each job, by its name, in each lane. */
  const ends = new Map<string, string>();
  for (const [position, [at, { cells, stages }]] of groups.entries()) {
    const lane = position % lanes;
    const group = at + (part?.firstGroup ?? 0);
    const chunks = Map.groupBy(cells.filter(isMember), (cell) => Math.floor(cell / maxArraySize));
    for (const [chunk, members] of chunks) {
      const offset = chunk * maxArraySize;
      const tasks = formatTaskSet(taskSetOf(members.map((cell) => cell - offset)));
      for (const [stage, { job }] of stages.entries()) {
        const token = tokenOf(arrays.length);
        const place = `${lane} ${job.name}`;
        const follows = isFree ? undefined : ends.get(place);
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

/** For the tasks of each job: a cell has one. */
function placesOf({ maxParallel, maxParallelCells }: Pick<SweepPlan, 'maxParallel' | 'maxParallelCells'>): number {
  return Math.min(maxParallel, maxParallelCells ?? maxParallel);
}

type LaidOutArray = Pick<SweepArray, 'token' | 'group' | 'stage' | 'tasks' | 'offset' | 'part'>;

interface LaidOut extends StoredTurns {
  readonly arrays: readonly LaidOutArray[];
  /** With which it was laid out. */
  readonly maxParallel: number;
  /** What was added, and with which limits. */
  readonly parts?: readonly (AddedLimits & { readonly maxParallel?: number | undefined })[] | undefined;
}

/** With fewer places it cannot go on any more: so many arrays of a job run at once. */
export function fewestPlaces(sweep: LaidOut): number {
  const fewest = partsOf(sweep).map(({ lanes, turns }) => Math.min(turns ?? lanes.length, lanes.length));
  return Math.max(...fewest);
}

/** By the tokens of arrays that are submitted already: their limits where the whole sweep has another one. */
export function limitsFor(sweep: LaidOut, maxParallel: number): ReadonlyMap<string, number> {
  const places = placesOf({ ...sweep, maxParallel });
  const byToken = new Map(
    partsOf(sweep).flatMap(({ lanes, turns }) => {
      const isFree = maxParallel >= (turns ?? Number.POSITIVE_INFINITY);
      const limits = isFree
        ? lanes.map(() => places)
        : shareLimit(lanes.map(countCells), { lanes: lanes.length, maxParallel: places });
      return lanes.flatMap((arrays, lane) => arrays.map(({ token }) => [token, limits[lane] ?? 1] as const));
    }),
  );
  return new Map(sweep.arrays.map(({ token }) => [token, byToken.get(token) ?? 1]));
}

interface LaidOutPart {
  /** Arrays that have the same places. */
  readonly lanes: readonly (readonly LaidOutArray[])[];
  /** How many cells take turns, where no array had to follow another. */
  readonly turns: number | undefined;
}

/** What was added to a sweep was laid out by itself. */
function partsOf(sweep: LaidOut): readonly LaidOutPart[] {
  return [...Map.groupBy(sweep.arrays, ({ part }) => part)].map(([part, arrays]) => {
    const groups = [...new Set(arrays.map(({ group }) => group))].sort((left, right) => left - right);
    const inTurn = turnsOfPart(sweep, part);
    const own = sweep.parts?.find(({ number }) => number === part)?.maxParallel;
    const laidOut = { ...sweep, maxParallel: own ?? sweep.maxParallel };
    const turns = inTurn === undefined || laidOut.maxParallel < inTurn ? undefined : inTurn;
    const count = Math.min(groups.length, placesOf(laidOut));
    const lanes = Map.groupBy(arrays, ({ group, offset }) =>
      turns === undefined ? groups.indexOf(group) % count : `${group} ${offset}`,
    );
    return { lanes: [...lanes.values()], turns };
  });
}
