import type { Plan } from '../core/workflow/plan.ts';

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
  readonly jobs: readonly DescribedJob[];
}

export interface DescribedJob {
  readonly name: string;
  readonly token: string;
  readonly edges: readonly {
    readonly type: 'afterok' | 'after' | 'afterany' | 'afternotok';
    readonly parent: string;
  }[];
  readonly options: readonly string[];
  readonly variables: readonly string[];
  /** The job writes a receipt. */
  readonly wrapped: boolean;
  /** Where standard output goes, so that the log is found when nobody else remembers the job. */
  readonly log?: {
    readonly pattern: string;
    readonly workDir: string;
    readonly user: string;
    readonly isArray: boolean;
  };
}

export function describeJobs(plan: Plan, tokenOf: (ordinal: number) => string): DescribedJob[] {
  return plan.jobs.map(({ name, edges, options, env, wrapped }, ordinal) => ({
    name,
    token: tokenOf(ordinal),
    edges,
    options,
    variables: Object.keys(env),
    wrapped,
  }));
}
