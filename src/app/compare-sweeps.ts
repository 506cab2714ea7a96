import { NotFoundError, UsageError } from '../core/errors.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { type CellSummary, summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { type ComparedRun, compareRuns } from '../core/workflow/compare-runs.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import { jobOfCell, type SweepPlan } from '../core/workflow/plan-sweep.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import { readStoredRun } from '../engine/run-description.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { type ComparedRuns, outcomeOf } from './compare-runs.ts';
import { currentRow } from './find-run.ts';
import { showRun } from './list-runs.ts';
import { readPlansOfSweep } from './plans-of-sweep.ts';
import type { StaleTarget } from './refresh-runs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { findSweep, requireSweep } from './sweep-at-hand.ts';

interface FoundSweep {
  readonly view: RunStatusView;
  readonly description: RunDescription;
  readonly plans: readonly SweepPlan[];
  readonly cells: readonly CellSummary<JobStatusView>[];
  readonly stale: readonly StaleTarget[];
}

/** What differs between two sweeps: what was asked for, and cells of both that have ended otherwise. */
export async function compareSweeps(context: AppContext, words: readonly [string, string]): Promise<ComparedRuns> {
  const before = await findSweepToCompare(context, words[0]);
  const after = await findSweepToCompare(context, words[1]);
  const keys = (sweep: FoundSweep) => new Map(sweep.cells.map((cell) => [keyOf(cell), cell.index]));
  const [known, others] = [keys(before), keys(after)];
  const common = new Set([...known.keys()].filter((key) => others.has(key)));
  // Of a cell that both have, so that what differs is not its values.
  const [key] = common;
  const toCompared = (sweep: FoundSweep, indices: ReadonlyMap<string, number>): ComparedRun => ({
    ...originOf(sweep, key === undefined ? undefined : indices.get(key)),
    facts: factsOf(sweep),
    ends: new Map(
      sweep.cells
        .filter((cell) => common.has(keyOf(cell)))
        .map(({ status, jobs }) => [formatMatrix(jobs[0]?.matrix ?? {}), { state: status, seconds: undefined }]),
    ),
  });
  return comparedOf(before, after, compareRuns(toCompared(before, known), toCompared(after, others)));
}

/** What differs between two cells of a sweep. */
export async function compareCells(
  context: AppContext,
  { word, cells }: { readonly word: string; readonly cells: readonly [number, number] },
): Promise<ComparedRuns> {
  const sweep = await findSweepToCompare(context, word);
  const toCompared = (index: number): ComparedRun => {
    const cell = sweep.cells.find((one) => one.index === index);
    if (cell === undefined) {
      throw new NotFoundError(`sweep ${sweep.view.id} has no cell ${index}`, {
        code: 'sweep.cell_not_found',
        hint: `\`srunx sweep show ${sweep.view.id}\` lists them.`,
      });
    }
    const { jobs, status } = cell;
    return {
      ...originOf(sweep, index),
      // One that `when` left out has nothing to do.
      status: status === 'skipped' ? 'completed' : status,
      facts: new Map(Object.entries(jobs[0]?.matrix ?? {})),
      ends: new Map(jobs.map((job) => [placeOf(job.name)?.stage ?? job.name, outcomeOf(job)])),
    };
  };
  const named = (index: number): FoundSweep => ({ ...sweep, view: { ...sweep.view, id: `${sweep.view.id}#${index}` } });
  const [before, after] = cells;
  return comparedOf(named(before), named(after), compareRuns(toCompared(before), toCompared(after)));
}

function comparedOf(before: FoundSweep, after: FoundSweep, comparison: ComparedRuns['comparison']): ComparedRuns {
  const stale = new Map([...before.stale, ...after.stale].map((target) => [target.target, target]));
  const unplanned = [before, after].flatMap(({ plans, view }) => (plans.length === 0 ? [view.id] : []));
  return { before: before.view, after: after.view, comparison, unplanned, stale: [...stale.values()] };
}

async function findSweepToCompare(context: AppContext, word: string): Promise<FoundSweep> {
  const { id } = await findSweep(context, word);
  const { run: view, stale } = await showRun(context, { id });
  requireSweep(view);
  const store = await context.store();
  const row = currentRow(store, await findSweep(context, id));
  const description = readStoredRun(row.plan);
  return {
    view,
    description,
    stale,
    cells: summarizeSweep(view.jobs).cells,
    plans: await readPlans(context, view, description),
  };
}

/** None where one of them is gone; one that was changed is an error. */
async function readPlans(
  { cluster: clusterOf, signal }: AppContext,
  { target, directory }: RunStatusView,
  { sweep }: RunDescription,
): Promise<readonly SweepPlan[]> {
  const cluster = await clusterOf(target as TargetName);
  try {
    return await readPlansOfSweep({ cluster, directory, parts: sweep?.parts, signal });
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}

function keyOf({ jobs }: CellSummary<JobStatusView>): string {
  return JSON.stringify(Object.entries(jobs[0]?.matrix ?? {}).sort());
}

/** With the jobs of one cell, by default of the first. */
function originOf(
  { view, description, plans }: FoundSweep,
  index: number = plans[0]?.cells[0]?.index ?? 0,
): Omit<ComparedRun, 'ends'> {
  const { name, source, target, cwd, provenance, code: sent } = description;
  const groups = plans.flatMap((plan) => plan.groups.map((group) => ({ plan, group })));
  const found = groups.find(({ group }) => group.cells.includes(index));
  const at = found?.group.cells.indexOf(index) ?? 0;
  const jobs = found?.group.stages.map((stage) => jobOfCell(stage, at)) ?? [];
  const written = plans[0]?.written;
  const plan = found && { ...found.plan, ...(written && { written }), jobs, skipped: [], satisfied: [] };
  const origin = { name, source, target, cwd, provenance, sent, status: view.status };
  return { ...origin, plan, jobs: jobs.map(toComparedJob) };
}

function toComparedJob({ name, edges, options, args, env, script }: PlannedJob): ComparedRun['jobs'][number] {
  return { name, edges, options, args, script, variables: new Map(Object.entries(env)) };
}

/** What makes a sweep of a workflow. */
function factsOf({ cells, description: { sweep } }: FoundSweep): ReadonlyMap<string, string> {
  const values = new Map<string, Set<string>>();
  for (const cell of sweep?.cells ?? []) {
    for (const [axis, text] of Object.entries(cell.values)) {
      values.set(axis, (values.get(axis) ?? new Set()).add(text));
    }
  }
  return new Map([
    ['cells', String(cells.length)],
    ...[...values].map(([axis, texts]): [string, string] => [`axis ${axis}`, [...texts].join(', ')]),
    ['max_parallel', String(sweep?.maxParallel)],
    ['fail_fast', sweep?.failFast === undefined ? 'no' : `after ${sweep.failFast.after}`],
  ]);
}

/** Two indices of cells. Throws for anything else. */
export function readCellPair(words: readonly string[]): readonly [number, number] {
  const [before, after, ...others] = words;
  const isIndex = (word: string | undefined): word is string => word !== undefined && /^\d+$/.test(word);
  if (isIndex(before) && isIndex(after) && others.length === 0) return [Number(before), Number(after)];
  throw new UsageError('two cells are compared, by their indices', {
    code: 'usage.option_value',
    hint: 'Write --cell 3 --cell 7.',
  });
}
