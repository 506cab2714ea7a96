import { stageRole } from '../core/job/stop-sweep.ts';
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
export function sweepOrders({ plan }: Pick<RunRow, 'plan'>, rows: readonly JobRow[]): readonly string[] {
  if (!mayStopSweep(plan)) return [];
  const { jobs, sweep } = readStoredRun(plan);
  const failFast = sweep?.failFast;
  if (sweep === undefined || failFast === undefined) return [];
  // What is added to a sweep ends by itself.
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
    return listTasks({ ...sweep, arrays }, { open: new Map(open.map((row) => [row.token, row])), end, failFast });
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

function listTasks({ groups, arrays }: SweepDescription, { open, end, failFast }: EndingSweep): readonly string[] {
  const roleOf = ({ group, stage }: SweepArray) => stageRole(groups[group]?.stages[stage] ?? { edges: [] });
  const rowsOf = (array: SweepArray) =>
    expandTasks(array.tasks).flatMap((index) => {
      const row = open.get(tokenOfTask(array.token, index));
      return row === undefined ? [] : [{ index, cell: index + array.offset, row }];
    });
  // Some root that does not wait has begun, or was ended by somebody.
  const roots = arrays.filter((array) => roleOf(array) === 'root');
  const waiting = new Set(roots.flatMap((array) => expandTasks(array.tasks).map((index) => index + array.offset)));
  for (const array of roots) {
    const pending = new Set(rowsOf(array).flatMap(({ cell, row }) => (row.state === 'pending' ? [cell] : [])));
    for (const index of expandTasks(array.tasks)) {
      if (!pending.has(index + array.offset)) waiting.delete(index + array.offset);
    }
  }
  const isEnded = (array: SweepArray, cell: number): boolean => {
    if (waiting.has(cell) && !end.begun.has(cell)) return true;
    const role = roleOf(array);
    return failFast.cancelRunning && role !== 'final' && !(role === 'handler' && end.failed.has(cell));
  };
  return arrays.toReversed().flatMap((array) => wordFor(rowsOf(array).filter(({ cell }) => isEnded(array, cell))));
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
