import { countedState, type EngineState, type RunStatus, runStatus } from '../workflow/run-state.ts';
import { placeOf } from './place-of.ts';

/** A job of a cell, as far as a summary goes. */
export interface CellJob {
  /** `train#12`. */
  readonly name: string;
  readonly state: EngineState;
  /** It failed, and that counts as success. */
  readonly ignored: boolean;
  /** The values of its cell. */
  readonly matrix?: Readonly<Record<string, string>> | undefined;
}

/** `skipped`: of a cell that has no job at all, because `when` leaves out every one. */
export type CellStatus = RunStatus | 'skipped';

/** A cell that never had a job. */
export interface JoblessCell {
  readonly index: number;
  readonly values: Readonly<Record<string, string>>;
}

/** How many cells there are of each status. */
export type CellCounts = Readonly<Record<CellStatus, number>>;

export interface CellSummary<Job extends CellJob> {
  readonly index: number;
  readonly status: CellStatus;
  /** Of the axes. */
  readonly values: Readonly<Record<string, string>>;
  readonly jobs: readonly Job[];
}

export interface SweepSummary<Job extends CellJob> {
  readonly status: RunStatus;
  readonly cells: readonly CellSummary<Job>[];
  readonly counts: CellCounts;
  /** Jobs that run once, after all cells. */
  readonly after: readonly Job[];
  /** By the names of the jobs of the workflow, in their order: how many tasks are in which state. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<EngineState, number>>;
}

/** Everything about a sweep follows from the states of its jobs alone; the jobs of a cell stand together. */
export function summarizeSweep<Job extends CellJob>(
  jobs: readonly Job[],
  leftOut: readonly JoblessCell[] = [],
): SweepSummary<Job> {
  const byCell = new Map<number, Job[]>();
  const stages = new Map<string, Map<EngineState, number>>();
  const after: Job[] = [];
  for (const job of jobs) {
    const { stage, cell } = placeOf(job.name) ?? { stage: job.name };
    if (cell === undefined) after.push(job);
    else {
      const ofCell = byCell.get(cell);
      if (ofCell === undefined) byCell.set(cell, [job]);
      else ofCell.push(job);
    }
    const counts = stages.get(stage) ?? new Map<EngineState, number>();
    stages.set(stage, counts);
    counts.set(job.state, (counts.get(job.state) ?? 0) + 1);
  }
  const cells = [
    ...[...byCell].map(([index, ofCell]): CellSummary<Job> => {
      return { index, status: statusOfCell(ofCell), values: ofCell[0]?.matrix ?? {}, jobs: ofCell };
    }),
    ...leftOut.map(({ index, values }): CellSummary<Job> => ({ index, status: 'skipped', values, jobs: [] })),
  ];
  if (leftOut.length > 0) cells.sort((one, other) => one.index - other.index);
  const counts = countStatuses(cells.map(({ status }) => [status, 1]));
  return { status: statusOf(jobs), cells, counts, after, stages };
}

/** Cells whose jobs are in the same states, and of which no failure is ignored. */
export interface AlikeCells {
  readonly states: readonly EngineState[];
  readonly cells: number;
}

/** The same counts where nothing else is wanted, and so many cells need not be looked at one by one. */
export function countCells(alike: readonly AlikeCells[], leftOut: number): CellCounts {
  const statuses = alike.map(({ states, cells }): [CellStatus, number] => [statusOfStates(states), cells]);
  return countStatuses([...statuses, ['skipped', leftOut]]);
}

function countStatuses(statuses: readonly (readonly [CellStatus, number])[]): CellCounts {
  const counts = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0, unknown: 0, skipped: 0 };
  for (const [status, count] of statuses) counts[status] += count;
  return counts;
}

function statusOfCell(jobs: readonly CellJob[]): RunStatus {
  return statusOfStates(jobs.map(({ state, ignored }) => countedState(state, { ignored })));
}

/** A cell of which nothing has run was ended before: what it waited for, if anything, was another cell. */
function statusOfStates(states: readonly EngineState[]): RunStatus {
  return states.every((state) => state === 'skipped') ? 'cancelled' : runStatus(states);
}

function statusOf(jobs: readonly CellJob[]): RunStatus {
  return runStatus(jobs.map(({ state, ignored }) => countedState(state, { ignored })));
}
