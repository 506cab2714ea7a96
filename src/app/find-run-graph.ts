import { placeOf } from '../core/sweep/place-of.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { findRun } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { showRun } from './list-runs.ts';
import type { StaleTarget } from './refresh-runs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';

export interface RunGraph {
  readonly run: RunStatusView;
  /** As it was handed over, with how it stands; what was skipped from the beginning waits for nothing. */
  readonly jobs: readonly RunGraphJob[];
  readonly stale: readonly StaleTarget[];
}

export interface RunGraphJob extends Pick<RunDescription['jobs'][number], 'edges' | 'array' | 'handles' | 'isFinal'> {
  readonly status: JobStatusView;
}

export interface SweepGraphJob extends Pick<RunDescription['jobs'][number], 'name' | 'edges' | 'handles' | 'isFinal'> {
  readonly tasks: readonly JobStatusView[];
}

/** A run with the edges between its jobs, brought up to date. */
export async function findRunGraph(context: AppContext, request: { readonly id: string }): Promise<RunGraph> {
  const { run, stale } = await showRun(context, request);
  const row = findRun(await context.store(), run.id);
  const { jobs } = row === undefined ? { jobs: [] } : readStoredRun(row.plan);
  const described = new Map(jobs.map((job) => [job.name, job]));
  return { run, stale, jobs: run.jobs.map((status) => ({ edges: [], ...described.get(status.name), status })) };
}

/** The workflow of a sweep once, for all of its cells. */
export async function findSweepGraph(context: AppContext, run: RunStatusView): Promise<readonly SweepGraphJob[]> {
  const row = findRun(await context.store(), run.id);
  const { sweep } = row === undefined ? {} : readStoredRun(row.plan);
  const stages = new Map((sweep?.groups ?? []).flatMap((group) => group.stages.map((stage) => [stage.name, stage])));
  const tasks = Map.groupBy(run.jobs, ({ name }) => placeOf(name)?.stage ?? name);
  return [...stages.values()].map((stage) => ({ ...stage, tasks: tasks.get(stage.name) ?? [] }));
}
