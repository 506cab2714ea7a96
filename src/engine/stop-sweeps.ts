import { stageRole } from '../core/job/stop-sweep.ts';
import { heldReason } from '../core/slurm/held-reason.ts';
import { formatTaskSet } from '../core/slurm/job-id.ts';
import { taskSetOf } from '../core/slurm/task-set-of.ts';
import { tokenOfTask } from '../core/slurm/task-token.ts';
import { judgeSweep, type SweepEnd } from '../core/sweep/fail-fast.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import type { FailFast } from '../core/sweep/sweep.ts';
import { cellFact, type EngineState } from '../core/workflow/run-state.ts';
import { hasJobsWithoutStart, type JobRow, jobsByTokens, waitingBesideEnded } from '../store/jobs.ts';
import type { Store } from '../store/open-store.ts';
import type { RunRow } from '../store/runs.ts';
import type { SweepDescription } from './describe-run.ts';
import type { SweepArray } from './lay-out-arrays.ts';
import { expandTasks, isSweepPlan, jobsOfCells, readStoredModel, readStoredRun } from './run-description.ts';

/**
 * What is left of a sweep that failed cells end: ids for a call each, of children before those of their parents, because nothing that
 * waits for a failure may be set free by the end of another.
 */
export function sweepOrders(run: Pick<RunRow, 'plan'>, rows: readonly JobRow[]): readonly string[] {
  return endingParts(run, rows).flatMap(({ sweep, ending }) => listTasks(sweep, ending));
}

/**
 * Ids of tasks that are to be held before these are given, because they could begin meanwhile; and of those that had begun when they were
 * held, which would stay so if they went back into the queue.
 */
export function beforeEnd(
  run: Pick<RunRow, 'plan'>,
  rows: readonly JobRow[],
): { readonly hold: readonly string[]; readonly release: readonly string[] } {
  const parts = endingParts(run, rows).filter(({ ending }) => !ending.failFast.cancelRunning);
  const tasks = parts.flatMap(({ sweep, ending }) => {
    const waiting = waitingCells(sweep, ending);
    return rootsOf(sweep).map((array) => {
      const known = rowsOf(array, ending);
      return {
        hold: known.filter(({ cell, row }) => waiting.has(cell) && row.state === 'pending' && !isHeld(row)),
        release: known.filter(({ row }) => row.state === 'running' && isHeld(row)),
      };
    });
  });
  return {
    hold: tasks.flatMap(({ hold }) => wordFor(hold)),
    release: tasks.flatMap(({ release }) => wordFor(release)),
  };
}

function isHeld({ observation }: JobRow): boolean {
  return heldReason(observation?.reason) !== undefined;
}

interface EndingPart {
  readonly sweep: SweepDescription;
  readonly ending: EndingSweep;
}

/** Parts of a sweep of which so many cells have failed that the others are to end. What is added to a sweep ends by itself. */
function endingParts({ plan }: Pick<RunRow, 'plan'>, rows: readonly JobRow[]): readonly EndingPart[] {
  if (!mayStopSweep(plan)) return [];
  const { jobs, sweep } = readStoredRun(plan);
  const failFast = sweep?.failFast;
  if (sweep === undefined || failFast === undefined) return [];
  const parts = Map.groupBy(sweep.arrays, ({ part }) => part);
  return [...parts].flatMap(([part, arrays]) => {
    const ofPart = rows.filter(({ ordinal }) => jobs[ordinal]?.part === part);
    const facts = ofPart.map(({ name, ordinal, state, final, reason, observation: seen }) => {
      const kept = { state: state as EngineState, final, reason };
      return cellFact({ name, kept, seen, onError: jobs[ordinal]?.onError });
    });
    const end = judgeSweep(facts, failFast);
    if (end.by === undefined) return [];
    const open = ofPart.filter(({ final, submission }) => !final && submission === 'submitted');
    const ending = { open: new Map(open.map((row) => [row.token, row])), end, failFast };
    return [{ sweep: { ...sweep, arrays }, ending }];
  });
}

/** From the text of a plan. */
export function mayStopSweep(plan: string): boolean {
  return plan.includes('"failFast":{');
}

interface EndingSweep {
  /** By token. */
  readonly open: ReadonlyMap<string, JobRow>;
  readonly end: SweepEnd;
  readonly failFast: FailFast;
}

function roleOf({ groups }: SweepDescription, { group, stage }: SweepArray): ReturnType<typeof stageRole> {
  return stageRole(groups[group]?.stages[stage] ?? { edges: [] });
}

function rootsOf(sweep: SweepDescription): readonly SweepArray[] {
  return sweep.arrays.filter((array) => roleOf(sweep, array) === 'root');
}

interface OpenTask {
  readonly index: number;
  readonly cell: number;
  readonly row: JobRow;
}

function rowsOf(array: SweepArray, { open }: Pick<EndingSweep, 'open'>): readonly OpenTask[] {
  return expandTasks(array.tasks).flatMap((index) => {
    const row = open.get(tokenOfTask(array.token, index));
    return row === undefined ? [] : [{ index, cell: index + array.offset, row }];
  });
}

/** Those of which each root waits: of the others one has begun, or was ended by somebody. */
function waitingCells(sweep: SweepDescription, ending: EndingSweep): ReadonlySet<number> {
  const roots = rootsOf(sweep);
  const waiting = new Set(roots.flatMap((array) => expandTasks(array.tasks).map((index) => index + array.offset)));
  for (const array of roots) {
    const tasks = rowsOf(array, ending);
    const pending = new Set(tasks.flatMap(({ cell, row }) => (row.state === 'pending' ? [cell] : [])));
    for (const index of expandTasks(array.tasks)) {
      if (!pending.has(index + array.offset)) waiting.delete(index + array.offset);
    }
  }
  for (const cell of ending.end.begun) waiting.delete(cell);
  return waiting;
}

function listTasks(sweep: SweepDescription, ending: EndingSweep): readonly string[] {
  const { end, failFast } = ending;
  const waiting = waitingCells(sweep, ending);
  const isEnded = (array: SweepArray, cell: number): boolean => {
    if (waiting.has(cell)) return true;
    const role = roleOf(sweep, array);
    return failFast.cancelRunning && role !== 'final' && !(role === 'handler' && end.failed.has(cell));
  };
  return sweep.arrays
    .toReversed()
    .flatMap((array) => wordFor(rowsOf(array, ending).filter(({ cell }) => isEnded(array, cell))));
}

/** For some tasks of one array. */
function wordFor(tasks: readonly { readonly index: number; readonly row: JobRow }[]): readonly string[] {
  const [jobId] = tasks[0]?.row.jobId?.split('_') ?? [];
  return jobId === undefined ? [] : [`${jobId}_[${formatTaskSet(taskSetOf(tasks.map(({ index }) => index)))}]`];
}

/**
 * Tasks that wait in vain, and that Slurm leaves in the queue until all of the array for which they wait has ended: the task which they
 * need was removed while it waited, of which no record is left.
 */
export function orphanOrders(store: Store, { id, plan }: Pick<RunRow, 'id' | 'plan'>): readonly string[] {
  // A plan may have megabytes, and few cells have both kinds of jobs.
  if (!isSweepPlan(plan) || !hasJobsWithoutStart(store, id)) return [];
  const cells = new Set(waitingBesideEnded(store, id).map((name) => placeOf(name)?.cell ?? -1));
  const { sweep } = readStoredModel(plan);
  if (cells.size === 0 || sweep === undefined) return [];
  const jobs = new Map(jobsOfCells(sweep, cells).map((job) => [job.token, job]));
  const rows = jobsByTokens(store, id, [...jobs.keys()]);
  const neverRan = new Set(rows.flatMap(({ name, final, state }) => (final && isWithoutStart(state) ? [name] : [])));
  const orphans = new Map<string, JobRow>();
  for (const row of rows) {
    if (row.final || row.submission !== 'submitted' || row.state !== 'pending') continue;
    const isOrphan = jobs.get(row.token)?.edges.some(({ type, parent }) => type === 'afterok' && neverRan.has(parent));
    if (isOrphan === true) orphans.set(row.token, row);
  }
  if (orphans.size === 0) return [];
  return sweep.arrays.toReversed().flatMap(({ token, tasks }) =>
    wordFor(
      expandTasks(tasks).flatMap((index) => {
        const row = orphans.get(tokenOfTask(token, index));
        return row === undefined ? [] : [{ index, row }];
      }),
    ),
  );
}

function isWithoutStart(state: string): boolean {
  return state === 'cancelled' || state === 'skipped';
}
