import { resolve } from 'node:path';
import { NotFoundError, RefusedError, UsageError } from '../core/errors.ts';
import { extendCells } from '../core/sweep/extend-cells.ts';
import type { AxisValue, Cell } from '../core/sweep/sweep.ts';
import { maxCells } from '../core/sweep/sweep-rules.ts';
import { jobOfCell, type SweepPlan, type ValuedCell } from '../core/workflow/plan-sweep.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import type { AppContext } from './app-context.ts';
import { describedSweep } from './grow-sweep.ts';
import { loadWorkflow, type PlanRequest } from './load-plan.ts';
import type { CodeChoice, PlacedRun } from './place-workflow.ts';
import { readPlansOfSweep } from './plans-of-sweep.ts';
import { type SweepAtHand, sweepAtHand } from './sweep-at-hand.ts';
import { isRemote } from './target-name.ts';

export interface ExtensionRequest {
  readonly word: string;
  readonly added: ReadonlyMap<string, readonly AxisValue[]>;
  /** So many cells may the sweep have then; absent: 1000, or what it has. */
  readonly maxCells: number | undefined;
  readonly defaults: PlanRequest['defaults'];
  readonly code?: CodeChoice | undefined;
}

export interface PlannedExtension {
  readonly sweep: SweepAtHand;
  /** Of the new cells alone. */
  readonly plan: SweepPlan;
  readonly placed: PlacedRun | undefined;
}

/** The cells that more values of some axes bring to a sweep, planned as the others were. Submits nothing. */
export async function planExtension(context: AppContext, request: ExtensionRequest): Promise<PlannedExtension> {
  const sweep = await sweepAtHand(context, { word: request.word, past: 'submitted' });
  const described = describedSweep(sweep);
  const { sweep: stored } = described;
  const cwd = readFrom(described, context);
  const { cluster } = sweep.engine;
  const { directory } = sweep.row;
  const plans = await readPlansOfSweep({ cluster, directory, parts: stored.parts, signal: context.signal });
  const cells = plans.flatMap((plan) => plan.cells.map((cell) => cellOf(cell)));
  const [first] = plans;
  const [known] = cells;
  const fresh = extendCells(cells, request.added);
  if (first === undefined || known === undefined || fresh.length === 0) {
    throw new UsageError(`sweep ${sweep.run.id} has all these cells already; nothing was submitted`, {
      code: 'sweep.nothing_new',
      hint: 'Add other values; `srunx sweep show` lists the cells.',
    });
  }
  requireRoom(cells.length + fresh.length, request.maxCells ?? Math.max(maxCells, cells.length));
  const planned = {
    ...{ file: first.workflow.source, target: sweep.target, from: undefined, to: undefined, only: [] },
    args: Object.entries(first.written?.given ?? {}).map(([key, value]) => `${key}=${value}`),
    defaults: request.defaults,
    python: 'allowed' as const,
    templateFiles: 'allowed' as const,
    code: request.code,
  };
  const planOf = async (wanted: readonly Cell[], count: number) => {
    const { axes, maxParallelCells, failFast } = stored;
    const maxParallel = stored.maxParallelNow ?? stored.maxParallel;
    const sweepAsked = {
      ...{ axes, maxParallel, cells: wanted, count, configured: [], warnings: [] },
      ...(maxParallelCells === undefined ? {} : { maxParallelCells }),
      ...(failFast === undefined ? {} : { failFast }),
    };
    const request = { ...planned, id: sweep.row.id, cells: sweepAsked };
    const loaded = await loadWorkflow({ ...context, cwd }, request).catch((error: unknown) => {
      throw isGone(error) ? gone(sweep.run.id, resolve(cwd, planned.file)) : error;
    });
    return { plan: loaded.plan as SweepPlan, placed: loaded.placed };
  };
  requireSame(first, (await planOf([known], first.cells.length)).plan, sweep.run.id);
  return { sweep, ...(await planOf(fresh, cells.length + fresh.length)) };
}

/** Where the workflow file was found: `cwd` of a run is a directory of the machine of the cluster. */
function readFrom({ provenance, cwd, target }: RunDescription, { cwd: here }: Pick<AppContext, 'cwd'>): string {
  return provenance?.cwd ?? (isRemote(target) ? here : (cwd ?? here));
}

function isGone(error: unknown): boolean {
  return error instanceof NotFoundError && error.code === 'workflow.file_not_found';
}

function gone(id: string, path: string): NotFoundError {
  return new NotFoundError(`sweep ${id} was made of ${path}, which is not there any more; nothing was submitted`, {
    code: 'sweep.file_gone',
    hint: 'Its new cells are planned from that file: put it back, or run another one as a new sweep.',
  });
}

function cellOf({ index, name, values, params }: ValuedCell): Cell {
  const entries = Object.entries(values).map(
    ([axis, text]) => [axis, { text, value: params[axis] } as AxisValue] as const,
  );
  return { index, name, values: new Map(entries) };
}

function requireRoom(count: number, most: number): void {
  if (count <= most) return;
  throw new UsageError(`the sweep would have ${count} cells, and ${most} are the limit; nothing was submitted`, {
    code: 'sweep.too_many',
    hint: `Give --max-cells ${count} if so many are meant.`,
  });
}

/** A cell that is there already must come out as it was planned: else the new ones would not be comparable with it. */
function requireSame(former: SweepPlan, now: SweepPlan, id: string): void {
  const before = jobsOf(former);
  const after = jobsOf(now);
  const names = new Set([...before.keys(), ...after.keys()]);
  const changed = [...names].find((name) => before.get(name) !== after.get(name));
  if (changed === undefined) return;
  throw new RefusedError(
    `job \`${changed}\` would not be the same in the new cells as in those of sweep ${id}; nothing was submitted`,
    {
      code: 'sweep.file_changed',
      hint: `${former.workflow.source}, a script, a template or a setting has changed since: put it back, or run it as a new sweep.`,
    },
  );
}

/** Of its first cell. */
function jobsOf({ groups, cells }: SweepPlan): ReadonlyMap<string, string> {
  const index = cells[0]?.index ?? 0;
  const group = groups.find((one) => one.cells.includes(index));
  const at = group?.cells.indexOf(index) ?? 0;
  return new Map(group?.stages.map((stage) => [stage.job.name, JSON.stringify(sorted(jobOfCell(stage, at)))]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
