import { randomMark, type SlurmClient, slurmError } from '../cluster/slurm/slurm-client.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { parseScontrolConfig } from '../core/slurm/scontrol-config.ts';
import {
  type FairShare,
  type PriorityFactors,
  parseSprio,
  parseSshare,
  sprioArgs,
  sshareArgs,
} from '../core/slurm/sprio.ts';
import type { AppContext } from './app-context.ts';
import { listWaiting, type WaitingRequest } from './list-waiting.ts';
import { slurmClient } from './slurm-client.ts';

export interface JobPriority {
  readonly job: JobObservation;
  readonly jobsAhead: number;
  /** One of several where it waits in several partitions; absent while it may not start, and where there are none. */
  readonly factors: PriorityFactors | undefined;
  /** Of its owner in its account: 1 is unused, 0 used up. */
  readonly fairShare: number | undefined;
}

export interface PriorityList {
  readonly rows: readonly JobPriority[];
  readonly absent: readonly string[];
  /** First come, first served: the site uses `priority/basic`. */
  readonly isBasic: boolean;
}

/** What the priority of waiting jobs is made of. */
export async function listPriorities(context: AppContext, request: WaitingRequest): Promise<PriorityList> {
  const client = slurmClient(context, { target: request.target, what: '`prio` is about priorities' });
  const { signal } = context;
  // Together: to another machine, each is a round trip.
  const [{ jobs, absent }, config] = await Promise.all([
    listWaiting(context, request),
    client.query(['scontrol', 'show', 'config'], signal),
  ]);
  const isBasic = parseScontrolConfig(config).get('PriorityType') === 'priority/basic';
  const [factors, shares] = isBasic
    ? [[], []]
    : await Promise.all([askFactors(client, signal), askShares(client, signal)]);
  const rows = jobs.flatMap(({ job, jobsAhead }): JobPriority[] => {
    const found = factors.filter(({ rawId }) => rawId === job.rawId);
    const fairShare = shares.find(
      ({ account, user }) => user === job.user && account === job.extra?.Account,
    )?.fairShare;
    return (found.length === 0 ? [undefined] : found).map((one) => ({ job, jobsAhead, factors: one, fairShare }));
  });
  return { rows, absent, isBasic };
}

async function askFactors(client: SlurmClient, signal: AbortSignal): Promise<readonly PriorityFactors[]> {
  const mark = randomMark();
  return parseSprio(await client.query(['sprio', ...sprioArgs(mark)], signal), mark);
}

/** A site without associations has no shares, and says so in one way or another. */
async function askShares(client: SlurmClient, signal: AbortSignal): Promise<readonly FairShare[]> {
  const argv = ['sshare', ...sshareArgs] as const;
  const reply = await client.ask([...argv], signal);
  if (reply.exitCode === 0) return parseSshare(reply.stdout);
  const error = slurmError({ argv: [...argv], reply, target: client.target });
  if (error.code === 'slurm.controller_unavailable') throw error;
  return [];
}
