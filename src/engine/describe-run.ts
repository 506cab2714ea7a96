import { quoteWords } from '../core/quote.ts';
import type { FailFast } from '../core/sweep/sweep.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import { nativeEdges } from '../core/workflow/native-edges.ts';
import type { TryPlan } from '../core/workflow/next-try.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import type { PlannedCell, SweepPlan, ValuedCell } from '../core/workflow/plan-sweep.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import type { NewJob } from '../store/jobs.ts';
import { cellsInTurn } from './cell-turns.ts';
import type { SweepArray } from './lay-out-arrays.ts';

/**
 * What is stored of a run, in the database and beside its scripts: enough to show it and to follow it from a machine that
 * has never seen it. The values of job variables are left out, because they may be secret.
 */
export interface RunDescription {
  readonly version: 1;
  readonly id: string;
  readonly kind: 'workflow' | 'job';
  readonly name: string;
  readonly source: string | null;
  readonly target: string;
  readonly cluster: { readonly key: string; readonly kind: 'slurm' | 'embedded'; readonly name: string };
  /** Epoch ms. */
  readonly createdAt: number;
  readonly planHash: string;
  /** The directory from which it was submitted; absent in runs of srunx 0.1. */
  readonly cwd?: string;
  readonly jobs: readonly DescribedJob[];
  /** The directories of this machine that its code was sent from; absent where there are none. */
  readonly code?: readonly SentCode[];
  /** Why srunx submits jobs again, which cannot put themselves back into the queue; absent where they can. */
  readonly driven?: string;
  /** Absent in runs of srunx 0.1 and of single jobs. */
  readonly provenance?: Provenance;
  /** By what it was started, where that was not the command line. */
  readonly through?: 'library' | 'web' | 'mcp' | undefined;
  /** The run whose plan it has, and how much of it. */
  readonly repeats?: { readonly run: string; readonly how: 'rerun' | 'retry' };
  /** Then `jobs` is stored empty, and made of this when it is read. */
  readonly sweep?: SweepDescription;
  /** Jobs of the workflow that do not run this time, and why. */
  readonly skipped?: readonly Omit<Plan['skipped'][number], 'edges'>[];
}

/** What the cells of a sweep have in common, and what they have not. */
export interface SweepDescription {
  readonly axes: readonly string[];
  readonly cells: readonly PlannedCell[];
  readonly groups: readonly { readonly stages: readonly Omit<DescribedJob, 'token'>[] }[];
  /** Of several with the same job and cell, the last one counts. */
  readonly arrays: readonly SweepArray[];
  /** What was added later, in its order. */
  readonly parts?: readonly SweepPart[];
  /** Jobs after all of them, without their edges to these; absent where there are none. */
  readonly reduce?: readonly DescribedJob[];
  /** With which it was laid out. */
  readonly maxParallel: number;
  /** What `sweep set` has made of it since. */
  readonly maxParallelNow?: number;
  /** As asked for. */
  readonly maxParallelCells?: number;
  /** So many cells take turns; absent where none has to wait for another. */
  readonly cellsInTurn?: number;
  /** Indices of cells of which `when` leaves out every job; absent where there are none. */
  readonly leftOut?: readonly number[];
  /** Absent where failed cells end nothing. */
  readonly failFast?: FailFast;
}

export interface SweepPart {
  readonly number: number;
  /** With which it was laid out; absent: with that of the sweep. */
  readonly maxParallel?: number;
  /** So many of its cells take turns; null: none has to wait for another; absent: of an srunx that did not store it. */
  readonly cellsInTurn?: number | null;
  /** New cells, or jobs of former cells once more. */
  readonly how: 'extend' | 'retry';
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface DescribedJob {
  readonly name: string;
  readonly token: string;
  /** As the cluster is told them. */
  readonly edges: readonly {
    readonly type: 'afterok' | 'after' | 'afterany' | 'afternotok';
    readonly parent: string;
  }[];
  readonly options: readonly string[];
  readonly variables: readonly string[];
  /** What its failure means to the others; absent where all else goes on. */
  readonly onError?: PlannedJob['onError'];
  /** Its values, where it is one of a matrix. */
  readonly matrix?: PlannedJob['matrix'];
  /** Of a job array: its indices. */
  readonly array?: string;
  /** The job whose failure it answers. */
  readonly handles?: string;
  /** It runs when all others have ended. */
  readonly isFinal?: true;
  /** Of the script; absent where there are none, and in runs of srunx 0.1. */
  readonly args?: readonly string[];
  /** The user's own. */
  readonly comment?: string;
  /** The job writes a receipt. */
  readonly wrapped: boolean;
  /** Of a sweep that was added to, the part that it came with; absent: the first. */
  readonly part?: number;
  /** What its script is called in the plan directory, where that is not its own name. */
  readonly payload?: string;
  /** Where it cannot put itself back into the queue: srunx submits it again. */
  readonly retriedBy?: 'srunx';
  /** Of what srunx submits again. */
  readonly retry?: TryPlan['retry'];
  readonly checkpoint?: TryPlan['checkpoint'];
  /** Where its output goes, so that the log is found when nobody else remembers the job. */
  readonly log?: {
    readonly pattern: string;
    /** Of standard error; absent where it goes to the same file, and in runs of srunx 0.1. */
    readonly error?: string;
    readonly workDir: string;
    readonly user: string;
    readonly isArray: boolean;
  };
}

export function describeJobs(
  plan: Pick<Plan, 'jobs'>,
  tokenOf: (ordinal: number) => string,
  { isDriven = false }: { readonly isDriven?: boolean } = {},
): DescribedJob[] {
  const edges = nativeEdges(plan.jobs);
  return plan.jobs.map((job, ordinal) => describeJob(job, { edges, tokenOf, ordinal, isDriven }));
}

interface Place {
  readonly edges: ReturnType<typeof nativeEdges>;
  readonly tokenOf: (ordinal: number) => string;
  readonly ordinal: number;
  readonly isDriven: boolean;
}

function describeJob(job: PlannedJob, { edges, tokenOf, ordinal, isDriven }: Place): DescribedJob {
  const { name, args, options, env, wrapped, onError, matrix, handles, isFinal, array, retry, checkpoint } = job;
  return {
    name,
    token: tokenOf(ordinal),
    edges: edges.get(name) ?? [],
    options,
    variables: Object.keys(env),
    ...(args.length === 0 ? {} : { args }),
    wrapped,
    ...(onError === undefined ? {} : { onError }),
    ...(array === undefined ? {} : { array }),
    ...(matrix === undefined ? {} : { matrix }),
    ...(handles === undefined ? {} : { handles }),
    ...(isFinal === undefined ? {} : { isFinal }),
    ...(isDriven && hasAttempts(job)
      ? { retriedBy: 'srunx', retry, checkpoint: checkpoint && { max: checkpoint.max } }
      : {}),
  };
}

/** It has other attempts. */
export function hasAttempts({ retry, checkpoint }: Pick<PlannedJob, 'retry' | 'checkpoint'>): boolean {
  return retry !== undefined || checkpoint !== undefined;
}

/** What the row of a job is made of. */
export function toNewJob(description: RunDescription, ordinal: number): NewJob {
  const { id: runId, kind, source } = description;
  const { name = '', token = '', args = [], comment } = description.jobs[ordinal] ?? {};
  // The script of a workflow's job is not what its user has named.
  const words = kind === 'job' && source !== null ? [source, ...args] : args;
  return { runId, ordinal, name, token, command: words.length === 0 ? undefined : quoteWords(words), comment };
}

/** The script as the user wrote it, in the plan directory: a wrapper starts it as its payload. */
export function userScriptPath(directory: string, { name, token, wrapped, payload = name }: DescribedJob): string {
  return wrapped ? `${directory}/payload/${payload}` : `${directory}/${token}.sh`;
}

/** Of a job that runs after all cells: no other is called so. */
export function reducePayload(name: string, part?: number): string {
  return part === undefined ? `reduce/${name}` : `reduce/${name}.p${part}`;
}

export interface DescribeSweepOptions {
  readonly arrays: readonly SweepArray[];
  /** Of what is added to a sweep. */
  readonly part?: number;
  /** Of the jobs after them, by their position. */
  readonly tokenOf: (at: number) => string;
  readonly logOf: (job: PlannedJob) => NonNullable<DescribedJob['log']>;
}

/** The logs of the jobs are for the caller to say. */
export function describeSweep(
  plan: SweepPlan,
  { arrays, part, tokenOf, logOf }: DescribeSweepOptions,
): SweepDescription {
  const { axes, maxParallel, maxParallelCells, failFast } = plan;
  const turns = cellsInTurn(plan);
  const leftOut = plan.groups.flatMap((group) => (group.stages.length === 0 ? group.cells : []));
  const cells = plan.cells.map(({ index, name, values, params }) => ({ index, name, values, ...typedValues(params) }));
  const groups = plan.groups.map(({ stages }) => {
    const jobs = stages.map(({ job }) => job);
    const edges = nativeEdges(jobs);
    return {
      stages: jobs.map((job) => {
        const { token: _token, ...described } = describeJob(job, {
          edges,
          tokenOf: () => '',
          ordinal: 0,
          isDriven: false,
        });
        return { ...described, log: { ...logOf(job), isArray: true } };
      }),
    };
  });
  const after = plan.reduce?.jobs ?? [];
  const reduce = describeJobs({ jobs: after }, tokenOf).map((described, at): DescribedJob => {
    const { [at]: job } = after;
    return {
      ...described,
      ...{ payload: reducePayload(described.name, part), isFinal: true, ...(part === undefined ? {} : { part }) },
      ...(job === undefined ? {} : { log: logOf(job) }),
    };
  });
  return {
    ...{ axes, cells, groups, arrays },
    ...(reduce.length === 0 ? {} : { reduce }),
    maxParallel,
    ...(maxParallelCells === undefined ? {} : { maxParallelCells }),
    ...(turns === undefined ? {} : { cellsInTurn: turns }),
    ...(leftOut.length === 0 ? {} : { leftOut }),
    ...(failFast === undefined ? {} : { failFast }),
  };
}

/** Text is there already, and a group of values goes by its name. What JSON has no number for stays as it was written. */
function typedValues(params: ValuedCell['params']): Pick<PlannedCell, 'typed'> {
  const typed = Object.entries(params).filter(
    (entry): entry is [string, number | boolean] => typeof entry[1] === 'boolean' || Number.isFinite(entry[1]),
  );
  return typed.length === 0 ? {} : { typed: Object.fromEntries(typed) };
}
