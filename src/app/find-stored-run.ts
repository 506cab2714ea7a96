import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { readStoredPlan } from '../engine/stored-plan.ts';
import { findRun } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { showRun } from './list-runs.ts';
import { prepareDirectories } from './prepare-directories.ts';
import type { StaleTarget } from './refresh-runs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { isRemote } from './target-name.ts';

/** A run with all that is needed to do it, or a part of it, again. */
export interface StoredRun {
  readonly view: RunStatusView;
  readonly description: RunDescription;
  readonly plan: Plan;
  readonly target: TargetName;
  /** With the directory of this machine from which it was submitted. */
  readonly from: AppContext;
  readonly stale: readonly StaleTarget[];
}

/** A run of a workflow by its id or the beginning of it, brought up to date, and its plan. Throws where it cannot be done again. */
export async function findStoredRun(context: AppContext, id: string): Promise<StoredRun> {
  const { run: view, stale } = await showRun(context, { id, isToRepeat: true });
  const description = await describedRun(context, view);
  const target = view.target as TargetName;
  const { cluster } = await engineContext(context, target);
  const identity = await cluster.identity(context.signal);
  if (identity.key !== description.cluster.key) {
    const other = `run ${view.id} was on the cluster ${description.cluster.name}, and ${target} is now ${identity.name}`;
    throw new RefusedError(other, {
      code: 'run.other_cluster',
      hint: 'Do it where that cluster is, or run the workflow file here.',
    });
  }
  const plan = await readStoredPlan({ cluster, directory: view.directory, signal: context.signal });
  const cwd = description.cwd ?? context.cwd;
  // What is sent again first is there then.
  const required = description.code === undefined ? [{ path: cwd, job: plan.jobs[0]?.name ?? '' }] : [];
  await prepareDirectories(context, { target, required, made: [] });
  const from = isRemote(target) ? (description.provenance?.cwd ?? context.cwd) : cwd;
  return { view, description, plan, target, from: { ...context, cwd: from }, stale };
}

async function describedRun(context: AppContext, { id, kind }: RunStatusView): Promise<RunDescription> {
  if (kind === 'job') {
    throw new UsageError(`run ${id} is a single job and no workflow`, {
      code: 'run.no_workflow',
      hint: `\`srunx history resubmit ${id}\` submits it again.`,
    });
  }
  const row = findRun(await context.store(), id);
  if (row !== undefined) return readStoredRun(row.plan);
  throw new NotFoundError(`run ${id} is not known any more`, {
    code: 'run.not_found',
    hint: '`srunx flow list` shows the runs.',
  });
}

/** By name, without those that were left out. */
export function jobsByName({ view }: Pick<StoredRun, 'view'>): ReadonlyMap<string, JobStatusView> {
  return new Map(view.jobs.map((job) => [job.name, job]));
}
