import { RefusedError, SrunxError } from '../core/errors.ts';
import { inMount } from '../core/sync/sent-code.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { readStoredPlan } from '../engine/stored-plan.ts';
import { findRun, listRuns, type RunRow } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { requireRun } from './find-run.ts';
import { type JobStatusView, viewRun } from './run-status-view.ts';

export interface FormerRequest {
  readonly plan: Plan;
  readonly target: TargetName;
  /** The id of a run or its beginning; else the newest ones of the same workflow. */
  readonly run: string | undefined;
}

/** A job as a run has had it before. */
export interface FormerJob {
  readonly job: PlannedJob;
  readonly end: JobStatusView | undefined;
  readonly run: RunRow;
  readonly token: string;
  /** The directory from which it was submitted, as it is in the mount. */
  readonly cwd: string | undefined;
}

/** More runs of the same workflow are not looked through. */
const maxRuns = 10;

/** A run that has not started a job says nothing about it. */
const unstarted: readonly (JobStatusView['state'] | undefined)[] = ['skipped', 'refused', 'withdrawn'];

/** The jobs of a plan by their names, each of the newest run that has had it. */
export async function findFormerJobs(
  context: AppContext,
  { plan, target, run }: FormerRequest,
): Promise<ReadonlyMap<string, FormerJob>> {
  const store = await context.store();
  const { cluster, clusterId } = await engineContext(context, target);
  const found = new Map<string, FormerJob>();
  const wanted = new Set(plan.jobs.map(({ name }) => name));
  const named = run === undefined ? undefined : requireHere(requireRun(store, run), { clusterId, target });
  const rows =
    named === undefined
      ? listRuns(store, { kind: 'workflow', clusterId, workflow: plan.workflow, limit: maxRuns })
      : [named];
  for (const row of rows) {
    const { jobs, skipped = [], code = [], cwd: there } = readStoredRun(row.plan);
    const cwd = there && inMount(there, code);
    // What a run has left out as done, an earlier one has done.
    if (named !== undefined) {
      const earlier = new Set(skipped.flatMap(({ run: id }) => id ?? []));
      for (const id of earlier)
        if (!rows.some((known) => known.id === id)) rows.push(...[findRun(store, id) ?? []].flat());
    }
    if (!jobs.some(({ name }) => wanted.has(name))) continue;
    const stored = await readPlan(
      () => readStoredPlan({ cluster, directory: row.directory, signal: context.signal }),
      row === named,
    );
    const ends = new Map(viewRun(store, row).jobs.map((end) => [end.name, end]));
    jobs.forEach(({ name, token }, ordinal) => {
      const job = stored?.jobs[ordinal];
      const end = ends.get(name);
      if (job === undefined || unstarted.includes(end?.state) || !wanted.delete(name)) return;
      found.set(name, { job, end, run: row, token, cwd });
    });
    if (wanted.size === 0) break;
  }
  return found;
}

function requireHere(
  row: RunRow,
  { clusterId, target }: { readonly clusterId: number; readonly target: TargetName },
): RunRow {
  if (row.clusterId === clusterId) return row;
  throw new RefusedError(`run ${row.id} was on another cluster than ${target}; nothing was submitted`, {
    code: 'run.other_cluster',
    hint: 'Name a run of this one, or leave the id out.',
  });
}

/** Of a run that nobody has named, a plan that is gone says only that nothing is known. */
async function readPlan(read: () => Promise<Plan>, isNamed: boolean): Promise<Plan | undefined> {
  try {
    return await read();
  } catch (error) {
    const isKnown = error instanceof SrunxError && ['not_found', 'storage'].includes(error.kind);
    if (isNamed || !isKnown) throw error;
    return undefined;
  }
}
