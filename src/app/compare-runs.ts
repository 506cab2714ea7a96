import { NotFoundError } from '../core/errors.ts';
import {
  type ComparedJob,
  type ComparedRun,
  compareRuns,
  type JobOutcome,
  type RunComparison,
} from '../core/workflow/compare-runs.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { readStoredPlan } from '../engine/stored-plan.ts';
import { findRun } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { showRun } from './list-runs.ts';
import type { StaleTarget } from './refresh-runs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';

export interface ComparedRuns {
  readonly before: RunStatusView;
  readonly after: RunStatusView;
  readonly comparison: RunComparison;
  /** Runs whose plan is gone: of these less is known. */
  readonly unplanned: readonly string[];
  readonly stale: readonly StaleTarget[];
}

/** What differs between two runs, named by their ids or the beginnings of them. */
export async function compareStoredRuns(context: AppContext, ids: readonly [string, string]): Promise<ComparedRuns> {
  // One after the other: both may look at the same cluster.
  const before = await findRunToCompare(context, ids[0]);
  const after = await findRunToCompare(context, ids[1]);
  const isPlanned = before.plan !== undefined && after.plan !== undefined;
  return {
    before: before.view,
    after: after.view,
    comparison: compareRuns(toCompared(before, isPlanned), toCompared(after, isPlanned)),
    unplanned: [before, after].flatMap(({ plan, view }) => (plan === undefined ? [view.id] : [])),
    stale: [...new Map([...before.stale, ...after.stale].map((target) => [target.target, target])).values()],
  };
}

interface FoundRun {
  readonly view: RunStatusView;
  readonly description: RunDescription;
  readonly plan: Plan | undefined;
  readonly stale: readonly StaleTarget[];
}

async function findRunToCompare(context: AppContext, id: string): Promise<FoundRun> {
  const { run: view, stale } = await showRun(context, { id });
  const row = findRun(await context.store(), view.id);
  if (row === undefined) {
    throw new NotFoundError(`run ${view.id} is not known any more`, {
      code: 'run.not_found',
      hint: '`srunx flow list` shows the runs.',
    });
  }
  const plan = await readPlan(context, view);
  return { view, description: readStoredRun(row.plan), plan, stale };
}

/** `undefined` where it is gone; one that was changed is an error. */
async function readPlan(context: AppContext, { target, directory }: RunStatusView): Promise<Plan | undefined> {
  const cluster = await context.cluster(target as TargetName);
  try {
    return await readStoredPlan({ cluster, directory, signal: context.signal });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Where the plan of one is gone, the other is taken as it is described, too: else all would differ. */
function toCompared({ view, description, plan }: FoundRun, isPlanned: boolean): ComparedRun {
  const { name, source, target, cwd, provenance, code: sent } = description;
  return {
    ...{ name, source, target, cwd, provenance, sent },
    plan: isPlanned ? plan : undefined,
    jobs: isPlanned && plan !== undefined ? plannedJobs(plan) : describedJobs(description),
    status: view.status,
    ends: new Map(view.jobs.map((job) => [job.name, outcomeOf(job)])),
  };
}

/** With their edges to jobs that an earlier run had done. */
function plannedJobs({ jobs, satisfied }: Plan): readonly ComparedJob[] {
  const done = Map.groupBy(
    satisfied.filter(({ because }) => because === 'done'),
    ({ job }) => job,
  );
  return jobs.map(({ name, edges, options, args, env, script }) => ({
    ...{ name, options, args, script },
    edges: [...edges, ...(done.get(name)?.map(({ edge }) => edge) ?? [])],
    variables: new Map(Object.entries(env)),
  }));
}

function describedJobs({ jobs }: RunDescription): readonly ComparedJob[] {
  return jobs.map(({ name, edges, options, args = [], variables }) => ({
    ...{ name, edges, options, args, script: undefined },
    variables: new Map(variables.map((variable) => [variable, undefined])),
  }));
}

/** How a job has ended, and how long it took where that is known. */
export function outcomeOf({ final, startTime, endTime, state }: JobStatusView): JobOutcome {
  const isTimed = final && state !== 'skipped' && startTime !== undefined && endTime !== undefined;
  return { state, seconds: isTimed ? endTime - startTime : undefined };
}
