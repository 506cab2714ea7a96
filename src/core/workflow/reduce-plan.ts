import { UsageError } from '../errors.ts';
import { requireSelection } from './check-selection.ts';
import type { Edge, Selection } from './graph.ts';
import type { FormerValues, Plan, PlannedJob, SatisfiedEdge, SkippedJob } from './plan.ts';
import { countedState, type EngineState, isImpossible } from './run-state.ts';

/** A job that does not run again, as an earlier run has left it. */
export interface LeftJob {
  readonly state: EngineState;
  /** It will not change any more. */
  readonly final: boolean;
  /** Its failure counts as success. */
  readonly ignored: boolean;
  readonly run: string;
  /** Why it does not run; absent where that need not be told, because a person has left it out. */
  readonly reason?: string | undefined;
  /** What it has written for others. */
  readonly values?: string | undefined;
}

export interface ReduceOptions {
  readonly left: ReadonlyMap<string, LeftJob>;
  /** Left out by a person, edges to a job count as met, however it ended; else only those that its end has met. */
  readonly because: 'selection' | 'done';
  readonly hash: (plan: Pick<Plan, 'workflow' | 'jobs'>) => string;
}

/**
 * A plan without the jobs that an earlier run has left. What they have written goes with it. A job that can never start after what
 * has happened already is skipped, and so is what needs it.
 */
export function reducePlan(plan: Plan, { left, because, hash }: ReduceOptions): Plan {
  const gone = new Map(left);
  const kept: PlannedJob[] = [];
  const unmet: SkippedJob[] = [];
  for (const job of plan.jobs) {
    if (gone.has(job.name)) continue;
    const obstacle = because === 'done' && job.isFinal !== true ? obstacleOf(job.edges, gone) : undefined;
    if (obstacle === undefined) kept.push(job);
    else {
      unmet.push({ name: job.name, reason: obstacle.words, edges: job.edges });
      gone.set(job.name, { state: 'skipped', final: true, ignored: false, run: obstacle.run });
    }
  }
  const jobs = kept.map((job) => ({ ...job, edges: job.edges.filter(({ parent }) => !gone.has(parent)) }));
  const edgesOf = new Map(plan.jobs.map(({ name, edges }) => [name, edges]));
  const told = [...left].flatMap(([name, { reason, run }]) =>
    reason === undefined ? [] : [{ name, reason, run, edges: edgesOf.get(name) ?? [] }],
  );
  const names = new Set(jobs.map(({ name }) => name));
  const satisfied = [
    ...plan.satisfied.filter(({ job }) => names.has(job)),
    ...kept.flatMap(({ name: job, edges, isFinal }): SatisfiedEdge[] =>
      edges.filter(({ parent }) => gone.has(parent) && isFinal !== true).map((edge) => ({ job, edge, because })),
    ),
  ];
  const former = formerOf({ ...plan, jobs: kept, satisfied }, left);
  return {
    ...plan,
    ...{ jobs, satisfied, hash: hash({ workflow: plan.workflow, jobs }) },
    skipped: [...(because === 'done' ? plan.skipped : []), ...told, ...unmet],
    ...(former.length === 0 ? {} : { former }),
  };
}

interface Obstacle {
  readonly words: string;
  readonly run: string;
}

/** The first edge that can never be met. */
function obstacleOf(edges: readonly Edge[], gone: ReadonlyMap<string, LeftJob>): Obstacle | undefined {
  for (const { type, parent } of edges) {
    const left = gone.get(parent);
    if (left === undefined) continue;
    const { state, final, run } = left;
    if (!final) return { words: `${parent} of run ${run} is still ${state}`, run };
    // A failure that counts as success is one all the same for what waits for failures.
    const counted = type === 'afterok' ? countedState(state, left) : state;
    if (isImpossible(type, counted)) return { words: `${parent} ${state} (${type})`, run };
  }
  return undefined;
}

/** Of those on which a job of the plan depends, and of those that it reads. */
function formerOf(plan: Plan, left: ReadonlyMap<string, LeftJob>): readonly FormerValues[] {
  const edges = [...plan.jobs.flatMap((job) => job.edges), ...plan.satisfied.map(({ edge }) => edge)];
  const reads = plan.jobs.flatMap((job) => job.reads ?? []);
  const wanted = new Set([...edges, ...reads].map(({ parent }) => parent));
  const known = new Map(plan.former?.map(({ name, values }) => [name, values]));
  for (const [name, { values }] of left) if (values !== undefined) known.set(name, values);
  return [...known].filter(([name]) => wanted.has(name)).map(([name, values]) => ({ name, values }));
}

/** The names of the jobs of a plan that a selection keeps. Throws for jobs that it does not have. */
export function selectPlanned({ jobs }: Pick<Plan, 'jobs'>, selection: Selection): ReadonlySet<string> {
  const nodes = jobs.map((job) => ({ ...job, offset: 0, edges: job.edges.map((edge) => ({ ...edge, offset: 0 })) }));
  return requireSelection(nodes, selection);
}

/** Throws where a job reads what nobody writes, now or in an earlier run: it would only wait for it in vain. */
export function requireWriters({ jobs, former = [] }: Pick<Plan, 'jobs' | 'former'>, run: string): void {
  const known = new Set([...jobs, ...former].map(({ name }) => name));
  for (const { name, reads = [] } of jobs) {
    const missing = reads.find(({ parent }) => !known.has(parent));
    if (missing === undefined) continue;
    const { parent, key } = missing;
    throw new UsageError(`${name} reads \`${key}\` of ${parent}, which wrote nothing in run ${run}`, {
      code: 'workflow.absent_values',
      hint: `Run ${parent} too.`,
    });
  }
}
