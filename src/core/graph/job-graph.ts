import { countTasks, parseTaskSet } from '../slurm/job-id.ts';
import { walkDepthFirst } from '../workflow/depth-first.ts';
import type { Edge, EdgeType } from '../workflow/graph.ts';
import { formatMatrix } from '../workflow/matrix-text.ts';
import type { Plan } from '../workflow/plan.ts';
import { planOfCell, type SweepPlan } from '../workflow/plan-sweep.ts';

/** What the state of a job is to somebody who looks at a drawing. */
export const markKinds = ['waiting', 'running', 'completed', 'failed', 'stopped', 'unknown'] as const;
export type MarkKind = (typeof markKinds)[number];

export interface JobMark {
  readonly kind: MarkKind;
  /** `running (3 of 100 done)` */
  readonly text: string;
}

/** A job as drawings see it, of a plan or of a run. */
export interface GraphJob {
  readonly name: string;
  readonly edges: readonly Edge[];
  readonly matrix?: Readonly<Record<string, string>> | undefined;
  /** Of an array: its indices. */
  readonly array?: string | undefined;
  /** Of a sweep: how many tasks it is. */
  readonly tasks?: number | undefined;
  readonly handles?: string | undefined;
  readonly isFinal?: boolean | undefined;
  readonly mark?: JobMark | undefined;
}

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  /** How many jobs or tasks it stands for. */
  readonly count: number;
  /** The jobs that it stands for. */
  readonly jobs: readonly string[];
  /** Its values, where it is one job of a matrix. */
  readonly note: string;
  readonly kind: 'job' | 'handler' | 'final';
  readonly mark: JobMark | undefined;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly type: EdgeType;
}

export interface DrawnGraph {
  readonly title: string;
  /** Parents before children. */
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** The jobs of a plan, parents before children, with those that `when` leaves out. */
export function jobsOfPlan(plan: Pick<Plan, 'jobs' | 'skipped' | 'satisfied'>): readonly GraphJob[] {
  const mark = { kind: 'stopped', text: 'skipped' } as const;
  const left = new Set(plan.skipped.map(({ name }) => name));
  const skipped = plan.skipped.map(({ name, edges }): GraphJob => ({ name, edges, mark }));
  const without = plan.satisfied.filter(({ edge }) => left.has(edge.parent));
  const extra = Map.groupBy(without, ({ job }) => job);
  const planned = plan.jobs.map((job): GraphJob => {
    return { ...job, edges: [...(extra.get(job.name) ?? []).map(({ edge }) => edge), ...job.edges] };
  });
  const jobs = new Map([...planned, ...skipped].map((job) => [job.name, job]));
  const known = (name: string) =>
    (jobs.get(name)?.edges ?? []).flatMap(({ parent }) => (jobs.has(parent) ? [parent] : []));
  return walkDepthFirst(jobs.keys(), known).order.flatMap((name) => jobs.get(name) ?? []);
}

/** What runs once, after all cells of a sweep: behind the jobs of the one that is drawn. */
export function jobsAfterCells(plan: Pick<SweepPlan, 'groups' | 'reduce'>): readonly GraphJob[] {
  const { jobs, skipped } = planOfCell(plan);
  const ends = [...jobs, ...skipped].map(({ name }) => ({ type: 'afterany', parent: name }) as const);
  return jobsOfPlan({ jobs: [], skipped: [], satisfied: [], ...plan.reduce }).map((job) => ({
    ...job,
    edges: [...ends, ...job.edges],
    isFinal: true,
  }));
}

/** Each edge that follows from others is left out: a drawing of all that `finally` waits for would show nothing else. */
export function graphOf(title: string, jobs: readonly GraphJob[]): DrawnGraph {
  const edges = jobs.flatMap((job) =>
    toldEdges(job, jobs).map(({ type, parent }) => ({ from: parent, to: job.name, type })),
  );
  const known = new Set(jobs.map(({ name }) => name));
  return { title, nodes: jobs.map(nodeOf), edges: distinct(edges).filter(({ from }) => known.has(from)) };
}

export function distinct(edges: readonly DrawnEdge[]): DrawnEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.from}\0${edge.to}\0${edge.type}`, edge])).values()];
}

function toldEdges(job: GraphJob, jobs: readonly GraphJob[]): readonly Edge[] {
  const { edges, handles, isFinal } = job;
  // The others are those that its owner needs.
  if (handles !== undefined) return edges.filter(({ parent }) => parent === handles);
  if (isFinal !== true) return edges;
  const parents = new Set(edges.map(({ parent }) => parent));
  const followed = new Set(
    jobs.filter(({ name }) => parents.has(name)).flatMap((parent) => parent.edges.map((edge) => edge.parent)),
  );
  return edges.filter(({ type, parent }) => type !== 'afterany' || !followed.has(parent));
}

function nodeOf({ name, matrix, array, tasks: cells = 1, handles, isFinal, mark }: GraphJob): DrawnNode {
  const tasks = array === undefined ? undefined : parseTaskSet(array.replace(/^\[(.*)\]$/, '$1'));
  return {
    id: name,
    label: name,
    count: tasks === undefined ? cells : countTasks(tasks),
    jobs: [name],
    note: matrix === undefined ? '' : formatMatrix(matrix),
    kind: isFinal === true ? 'final' : handles === undefined ? 'job' : 'handler',
    mark,
  };
}
