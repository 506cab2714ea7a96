import { ConnectionError } from '../core/errors.ts';
import { followRuns } from '../engine/follow-run.ts';
import { isSweepPlan } from '../engine/run-description.ts';
import type { TransitionRow } from '../store/jobs.ts';
import { findRun } from '../store/runs.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { isSettled, type RunStatusView, viewRun } from './run-status-view.ts';

export interface RunView {
  /** Of a sweep in brief while it goes on: there may be tens of thousands of tasks. */
  readonly run: RunStatusView;
  /** What happened since the view before. */
  readonly changes: readonly TransitionRow[];
}

export interface FollowRequest {
  readonly runId: string;
  readonly target: TargetName;
  readonly intervalSeconds: number | undefined;
  /** The number of the last change that is not to be told; absent: all are. */
  readonly since?: number | undefined;
  /** Told when the cluster does not answer. The following goes on: the run does, too. */
  readonly onSilence?: ((message: string) => void) | undefined;
}

/** Between two attempts to reach a cluster that does not answer. */
const silencePauseMs = 15_000;

/** How a run stands, again and again until all its jobs have ended. */
export async function* followRun(context: AppContext, request: FollowRequest): AsyncGenerator<RunView> {
  const engine = await engineContext(context, request.target);
  const { runId, intervalSeconds } = request;
  let seq = request.since ?? 0;
  for (let isSilent = false; ; ) {
    try {
      const since = new Map([[runId, seq]]);
      const options = { runIds: [runId], intervalSeconds, since, onStale: request.onSilence };
      for await (const changes of followRuns(engine, options)) {
        isSilent = false;
        seq = changes.at(-1)?.seq ?? seq;
        const row = findRun(engine.store, runId);
        if (row === undefined) return;
        const isBrief = isSweepPlan(row.plan) && !isSettled(engine.store, row);
        yield { run: viewRun(engine.store, row, { isBrief, hasOutlook: true }), changes };
      }
      return;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      if (!isSilent) request.onSilence?.(error.message);
      isSilent = true;
      await context.sleep(silencePauseMs);
    }
  }
}
