import { BugError, UsageError } from '../core/errors.ts';
import { foldTasks } from '../core/sweep/fold-tasks.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { isSweepPlan } from '../engine/run-description.ts';
import type { RunRow } from '../store/runs.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { knownTarget } from './refresh-runs.ts';
import { awaitHandover, engineOfRun, look } from './run-at-hand.ts';
import { type JobStatusView, type RunStatusView, viewRun } from './run-status-view.ts';

/** A sweep whose jobs something can be done to. */
export interface SweepAtHand {
  readonly engine: EngineContext;
  readonly row: RunRow;
  readonly target: TargetName;
  /** As a look just now has shown it. */
  readonly run: RunStatusView;
}

/** Finds a sweep and asks its cluster about it; a hand-over that was begun has ended then. `past`: what else nothing was. */
export async function sweepAtHand(
  context: AppContext,
  { word, past }: { readonly word: string | undefined; readonly past: string },
): Promise<SweepAtHand> {
  const row = await findSweep(context, word);
  const engine = await engineOfRun(context, row, past);
  // The look may show that a hand-over on the cluster is under way.
  await look(engine);
  await awaitHandover(context, { engine, row });
  const target = knownTarget(context, row);
  if (target === undefined) throw new BugError(`run ${row.id} has no target`, { code: 'bug.target' });
  return { engine, row, target, run: viewRun(engine.store, currentRow(engine.store, row)) };
}

/** The newest where none is named; throws for a run that is no sweep. Asks no cluster. */
export async function findSweep(context: AppContext, word: string | undefined): Promise<RunRow> {
  const { run } = await findRunNamed(context, word, { onlySweeps: true });
  requireSweep({ id: run.id, isSweep: isSweepPlan(run.plan) });
  return run;
}

export function requireSweep({ id, isSweep }: Pick<RunStatusView, 'id' | 'isSweep'>): void {
  if (isSweep) return;
  throw new UsageError(`run ${id} is no sweep`, {
    code: 'sweep.none',
    hint: `\`srunx flow status ${id}\` shows it.`,
  });
}

/** The fewest ids for some of its jobs, which name no other that has not ended. */
export function wordsFor(
  { jobs }: Pick<RunStatusView, 'jobs'>,
  meant: readonly Pick<JobStatusView, 'jobId'>[],
): readonly string[] {
  const ids = new Set(meant.flatMap(({ jobId }) => jobId ?? []));
  const spared = jobs.flatMap(({ jobId, final }) => (final || jobId === undefined || ids.has(jobId) ? [] : [jobId]));
  return [...foldTasks({ meant: [...ids], spared }).keys()];
}
