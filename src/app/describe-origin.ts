import type { Cluster } from '../cluster/cluster.ts';
import type { SentCode } from '../core/sync/sent-code.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import type { RunDescription } from '../engine/describe-run.ts';
import type { AppContext, TargetName } from './app-context.ts';
import type { logOfJob } from './log-of-job.ts';

export interface OriginFacts {
  readonly plan: Pick<Plan, 'workflow' | 'hash'>;
  readonly target: TargetName;
  readonly id: string;
  readonly provenance: Provenance;
  readonly cluster: Cluster;
  /** Where its code came from. */
  readonly sent: readonly SentCode[];
}

export interface DescribedOrigin {
  /** What a run is, whatever its jobs are. */
  readonly origin: Omit<RunDescription, 'jobs'>;
  /** For the logs of its jobs. */
  readonly logFrom: Parameters<typeof logOfJob>[1];
}

export async function describeOrigin(
  context: AppContext,
  { plan, target, id, provenance, cluster, sent }: OriginFacts,
): Promise<DescribedOrigin> {
  const identity = await cluster.identity(context.signal);
  return {
    origin: {
      version: 1,
      id,
      kind: 'workflow',
      name: plan.workflow.name,
      source: plan.workflow.source,
      target,
      cluster: { key: identity.key, kind: cluster.kind, name: identity.name },
      createdAt: context.now(),
      planHash: plan.hash,
      cwd: context.cwd,
      provenance,
      ...(sent.length === 0 ? {} : { code: sent }),
    },
    logFrom: { ...context, user: identity.user },
  };
}
