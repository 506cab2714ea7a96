import { countOf } from '../core/count-of.ts';
import { UsageError } from '../core/errors.ts';
import { arrayOfTask } from '../core/slurm/task-token.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import type { CellSummary } from '../core/sweep/sweep-summary.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { type CellEnd, type RetriedCell, retrySweep } from '../core/workflow/retry-sweep.ts';
import type { AddedPart } from '../engine/compile-sweep.ts';
import { jobsOfRun } from '../store/jobs.ts';
import type { AppContext } from './app-context.ts';
import { describedSweep } from './grow-sweep.ts';
import { placeAgain } from './place-again.ts';
import type { CodeChoice, PlacedRun } from './place-workflow.ts';
import { readPlansOfSweep } from './plans-of-sweep.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { type SweepAtHand, sweepAtHand } from './sweep-at-hand.ts';

type ShownCell = CellSummary<JobStatusView>;

export interface SweepRetryRequest {
  readonly word: string;
  /** The cells that are meant. */
  readonly choose: (run: RunStatusView) => readonly ShownCell[];
  readonly code: CodeChoice;
}

export interface PlannedSweepRetry {
  readonly sweep: SweepAtHand;
  /** Of what runs again. */
  readonly plan: SweepPlan;
  readonly placed: PlacedRun | undefined;
  readonly former: AddedPart['former'];
  /** Cells that were meant and have not ended: they are left alone. */
  readonly moving: readonly number[];
}

/** What of some cells did not come to a good end, and what comes after it, as it was planned. Submits nothing. */
export async function planSweepRetry(
  context: AppContext,
  { word, choose, code }: SweepRetryRequest,
): Promise<PlannedSweepRetry> {
  const sweep = await sweepAtHand(context, { word, past: 'submitted' });
  const chosen = choose(sweep.run);
  const ended = chosen.filter(({ jobs }) => jobs.every(({ final }) => final));
  const moving = chosen.filter((cell) => !ended.includes(cell)).map(({ index }) => index);
  const description = describedSweep(sweep);
  const { maxParallelCells, failFast, ...stored } = description.sweep;
  const place = { cluster: sweep.engine.cluster, directory: sweep.row.directory, signal: context.signal };
  const plans = ended.length === 0 ? [] : await readPlansOfSweep({ ...place, parts: stored.parts });
  const groups = retrySweep(plans, endsOf(sweep, ended));
  const [first] = plans;
  if (first === undefined || groups.length === 0) throw nothing(sweep.run, { chosen, moving });
  const again = new Set(groups.flatMap(({ cells }) => cells));
  const maxParallel = stored.maxParallelNow ?? stored.maxParallel;
  const { workflow, axes, configured, hash, id } = first;
  const { reduce } = plans.at(-1) ?? first;
  const cells = plans.flatMap((plan) => plan.cells).filter(({ index }) => again.has(index));
  return {
    sweep,
    placed: placeAgain(context, description, code),
    moving,
    former: groups.map(({ former }) => former),
    plan: {
      ...{ workflow, axes, configured, hash, maxParallel, cells, warnings: [] },
      groups: groups.map(({ former: _former, ...group }) => group),
      ...(maxParallelCells === undefined ? {} : { maxParallelCells }),
      ...(failFast === undefined ? {} : { failFast }),
      ...(id === undefined ? {} : { id }),
      ...(reduce === undefined ? {} : { reduce }),
    },
  };
}

function endsOf({ engine, row }: SweepAtHand, cells: readonly ShownCell[]): readonly RetriedCell[] {
  const { sweep } = describedSweep({ row });
  const tokens = new Map(jobsOfRun(engine.store, row.id).map(({ name, token }) => [name, arrayOfTask(token)]));
  const offsets = new Map(sweep.arrays.map(({ token, offset }) => [token, offset]));
  return cells.map(({ index, jobs }) => ({
    index,
    ends: new Map(
      jobs.map(({ name, state, final, ignored }): [string, CellEnd] => {
        const token = tokens.get(name) ?? '';
        return [placeOf(name)?.stage ?? name, { state, final, ignored, token, offset: offsets.get(token) ?? 0 }];
      }),
    ),
  }));
}

function nothing(
  { id }: RunStatusView,
  { chosen, moving }: { readonly chosen: readonly ShownCell[]; readonly moving: readonly number[] },
): UsageError {
  const why =
    chosen.length === 0
      ? 'no cell is as asked for'
      : moving.length === chosen.length
        ? `of ${countOf(chosen.length, 'cell')} none has ended`
        : `${countOf(chosen.length, 'cell')} came to a good end`;
  return new UsageError(`nothing of sweep ${id} is to be run again: ${why}`, {
    code: 'sweep.nothing_to_retry',
    hint: `\`srunx sweep show ${id}\` lists the cells.`,
  });
}
