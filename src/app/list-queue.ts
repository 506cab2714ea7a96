import type { Snapshot } from '../cluster/cluster.ts';
import { UsageError } from '../core/errors.ts';
import type { Membership } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { findStateName, isJobStatus, jobStatuses, stateNames } from '../core/slurm/job-state.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import { expandNodeList } from '../core/slurm/node-list.ts';
import type { SqueueExtra } from '../core/slurm/squeue-extras.ts';
import { didYouMean } from '../core/suggest.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { wantedJobs } from './wanted-jobs.ts';

export interface QueueFilter {
  readonly target: TargetName;
  /** Only the account's own jobs: the cheapest question to the controller. */
  readonly mine: boolean;
  readonly users: readonly string[];
  readonly partitions: readonly string[];
  /** From `parseStates`; empty: all jobs that have not ended. */
  readonly states: readonly string[];
  readonly jobIds: readonly string[];
  readonly names: readonly string[];
  readonly accounts?: readonly string[] | undefined;
  readonly qos?: readonly string[] | undefined;
  /** Single names: only jobs that run on one of them. */
  readonly nodes?: readonly string[] | undefined;
  /** Further fields that will be shown. */
  readonly extra?: readonly SqueueExtra[] | undefined;
  /** Words of the user's for Slurm's own command. */
  readonly words?: readonly string[] | undefined;
}

/** The queue at this moment: one query, filtered here, oldest first. */
export async function listQueue(context: AppContext, filter: QueueFilter): Promise<readonly JobObservation[]> {
  const { jobs } = await observeQueue(context, filter);
  return jobs.filter((job) => keepsJob(filter, job)).sort(byId);
}

/** All that the one query behind a filter brings: also what the filter leaves out, and jobs that have ended. */
export async function observeQueue(context: AppContext, filter: QueueFilter): Promise<Snapshot> {
  const cluster = await context.cluster(filter.target);
  const [user, ...others] = filter.users;
  const scope = filter.mine ? 'me' : user !== undefined && others.length === 0 ? { user } : 'all';
  const { accounts = [], qos = [], words = [] } = filter;
  if (words.length > 0 && cluster.kind !== 'slurm') throw noSlurmWords(filter.target);
  const extra = [...new Set([...(filter.extra ?? []), ...fieldsFor('Account', accounts), ...fieldsFor('QOS', qos)])];
  return cluster.observe({ scope, extra, words, signal: context.signal });
}

function fieldsFor(name: SqueueExtra, wanted: readonly string[]): readonly SqueueExtra[] {
  return wanted.length === 0 ? [] : [name];
}

/** Options for Slurm's own command were given where there is none. */
export function noSlurmWords(target: TargetName): UsageError {
  return new UsageError(`options for Slurm's own command have no effect on ${target}, which has no Slurm`, {
    code: 'usage.slurm_arg',
    hint: 'Leave it out, or use --local or --profile.',
  });
}

/** Whether anything but ids says which jobs are meant. */
export function isNarrowed(filter: QueueFilter): boolean {
  const { mine, users, names, partitions, states, accounts = [], qos = [], nodes = [] } = filter;
  const lists = [users, names, partitions, states, accounts, qos, nodes];
  return mine || lists.some((list) => list.length > 0);
}

/** The ids that were asked for and are about no row; nothing where another filter may have left their rows out. */
export function absentIds(rows: readonly JobObservation[], filter: QueueFilter): readonly string[] {
  const { jobIds } = filter;
  return jobIds.length === 0 || isNarrowed(filter) ? [] : wantedJobs(jobIds).absentFrom(rows);
}

const everyState = 'ALL';

/**
 * The states that a person asks for: one of the seven statuses, a state or flag of Slurm in full or short (`PD`, `CG`,
 * `OUT_OF_MEMORY`), or `all`. Throws a UsageError for another word.
 */
export function parseStates(words: readonly string[]): string[] {
  return words.map((word) => {
    const upper = word.toUpperCase();
    if (upper === everyState || isJobStatus(upper)) return upper;
    const name = findStateName(word);
    if (name !== undefined) return name;
    throw new UsageError(`\`${word}\` is not a state of a job`, {
      code: 'usage.job_state',
      hint:
        didYouMean(word, [...jobStatuses, ...stateNames]) ?? `There are: ${[everyState, ...stateNames].join(', ')}.`,
    });
  });
}

/** Whether a filter wants a job; without states, only while it has not ended. */
export function keepsJob(filter: QueueFilter, job: JobObservation): boolean {
  const { states, users, partitions, jobIds, names, accounts = [], qos = [], nodes = [] } = filter;
  return (
    (states.length > 0 ? states.some((state) => isIn(job, state)) : !job.state.terminal) &&
    (users.length === 0 || users.includes(job.user ?? '')) &&
    (partitions.length === 0 || (job.partition ?? '').split(',').some((name) => partitions.includes(name))) &&
    (names.length === 0 || names.includes(job.name)) &&
    (accounts.length === 0 || accounts.includes(job.extra?.Account ?? '')) &&
    (qos.length === 0 || qos.includes(job.extra?.QOS ?? '')) &&
    (nodes.length === 0 || expandNodeList(job.nodeList ?? '').some((name) => nodes.includes(name))) &&
    (jobIds.length === 0 || jobIds.some((id) => matchesJobId(job, id)))
  );
}

/** A status covers all that is shown under it: `FAILED` also a job that ran out of memory. */
function isIn({ state }: JobObservation, wanted: string): boolean {
  if (wanted === everyState) return true;
  return isJobStatus(wanted) ? state.status === wanted : findStateName(state.raw.split(' ')[0] ?? '') === wanted;
}

/** What says where a job stands among others. */
type Placed = Partial<Membership> & Pick<JobObservation, 'rawId'>;

/** Oldest first, the tasks of an array in their order. */
export function byId(a: Placed, b: Placed): number {
  const number = ({ arrayJobId, hetJobId, rawId }: Placed) => Number(arrayJobId ?? hetJobId ?? rawId);
  return number(a) - number(b) || placeInJob(a) - placeInJob(b);
}

/** The index of a task, the first of unstarted tasks, or the number of a component. */
function placeInJob({ arrayTask, hetOffset = 0 }: Placed): number {
  return arrayTask === undefined ? hetOffset : Number.parseInt(arrayTask, 10);
}
