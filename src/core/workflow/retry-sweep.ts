import type { CellGroup, SweepPlan } from './plan-sweep.ts';
import { type LeftJob, reducePlan } from './reduce-plan.ts';
import { type JobEnd, selectRetry } from './select-retry.ts';

/** A job of a cell, as it has ended. */
export interface CellEnd extends JobEnd {
  /** Where it has written its values: of the array whose task it was, and what was added to its index for that of the cell. */
  readonly token: string;
  readonly offset: number;
}

export interface RetriedCell {
  readonly index: number;
  /** By the names of the jobs of the workflow. */
  readonly ends: ReadonlyMap<string, CellEnd>;
}

type Place = Pick<CellEnd, 'token' | 'offset'>;

/** Cells of which the same jobs run again, after the same ones that do not. */
export interface RetriedGroup extends CellGroup {
  /** For each of its jobs, those that it waited for and that do not run again: where their values lie. */
  readonly former: ReadonlyMap<string, ReadonlyMap<string, Place>>;
}

/**
 * What runs again of cells that have ended: the jobs that did not come to a good end, and what comes after them, each as it was planned.
 * `plans`: those that the cells were planned in.
 */
export function retrySweep(
  plans: readonly Pick<SweepPlan, 'groups' | 'workflow' | 'configured'>[],
  cells: readonly RetriedCell[],
): readonly RetriedGroup[] {
  const origins = plans.flatMap((plan) => plan.groups.map((group) => ({ plan, group })));
  const known = new Map(origins.flatMap((origin, at) => origin.group.cells.map((cell) => [cell, { at, ...origin }])));
  const reduced = new Map<string, Reduced>();
  const groups = new Map<string, Gathered>();
  for (const cell of cells) {
    const origin = known.get(cell.index);
    if (origin === undefined) continue;
    const states = [...cell.ends].map(([name, { state, final, ignored }]) => [name, state, final, ignored]);
    const ended = JSON.stringify([origin.at, states]);
    const plan = reduced.get(ended) ?? reduce(origin.plan, origin.group, cell);
    reduced.set(ended, plan);
    const former = placesOf(plan, cell);
    const key = JSON.stringify([ended, [...former].map(([name, places]) => [name, ...places])]);
    const group = groups.get(key) ?? { origin: origin.group, cells: [], plan, former };
    groups.set(key, group);
    group.cells.push(cell);
  }
  return [...groups.values()].filter(({ plan }) => plan.jobs.size > 0).map(groupOf);
}

interface Gathered {
  readonly origin: CellGroup;
  readonly cells: RetriedCell[];
  readonly plan: Reduced;
  readonly former: RetriedGroup['former'];
}

interface Reduced {
  /** The edges that are left, by the names of the jobs that run. */
  readonly jobs: ReadonlyMap<string, CellGroup['stages'][number]['job']['edges']>;
  /** What else each of them waited for. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
}

function reduce(
  plan: Pick<SweepPlan, 'workflow' | 'configured'>,
  { stages }: CellGroup,
  { ends }: RetriedCell,
): Reduced {
  const jobs = stages.map(({ job }) => job);
  const again = selectRetry(jobs, ends);
  const left = new Map<string, LeftJob>();
  for (const { name } of jobs) {
    const end = ends.get(name);
    if (end !== undefined && !again.has(name)) left.set(name, { ...end, run: '' });
  }
  const whole = { ...plan, jobs, skipped: [], satisfied: [], warnings: [], hash: '' };
  const { jobs: kept, satisfied } = reducePlan(whole, { left, because: 'done', hash: () => '' });
  const parentsOf = (name: string) => satisfied.filter(({ job }) => job === name).map(({ edge }) => edge.parent);
  return {
    jobs: new Map(kept.map(({ name, edges }) => [name, edges])),
    parents: new Map(kept.map(({ name }) => [name, [...new Set(parentsOf(name))]])),
  };
}

function placesOf({ parents }: Reduced, { ends }: RetriedCell): RetriedGroup['former'] {
  const placeOf = (parent: string): (readonly [string, Place])[] => {
    const end = ends.get(parent);
    return end === undefined ? [] : [[parent, { token: end.token, offset: end.offset }]];
  };
  return new Map([...parents].map(([name, left]) => [name, new Map(left.flatMap(placeOf))]));
}

function groupOf({ origin, cells, plan: { jobs }, former }: Gathered): RetriedGroup {
  const indices = cells.map(({ index }) => index).sort((left, right) => left - right);
  const places = indices.map((index) => origin.cells.indexOf(index));
  const stages = origin.stages.flatMap((stage) => {
    const edges = jobs.get(stage.job.name);
    if (edges === undefined) return [];
    return [{ ...stage, job: { ...stage.job, edges }, rows: places.map((at) => stage.rows[at] ?? []) }];
  });
  return { cells: indices, stages, skipped: [], former };
}
