import { UsageError } from '../core/errors.ts';
import { countTasks, parseTaskSet } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Listing } from './field.ts';

const groupKeys = ['user', 'partition', 'account', 'qos', 'state', 'name'] as const;
export type GroupKey = (typeof groupKeys)[number];

/** Throws a UsageError for a field that jobs are not counted by. */
export function readGroupKey(word: string): GroupKey {
  const key = groupKeys.find((known) => known === word);
  if (key !== undefined) return key;
  throw new UsageError(`jobs cannot be counted by \`${word}\``, {
    code: 'usage.option_value',
    hint: didYouMean(word, groupKeys) ?? `There are: ${groupKeys.join(', ')}.`,
  });
}

/** How many jobs share a value, and what they take. Array tasks count one by one. */
export interface JobGroup {
  readonly value: string | null;
  readonly jobs: number;
  readonly running: number;
  readonly pending: number;
  /** Of running jobs. */
  readonly cpus: number;
  readonly gpus: number;
  /** That waiting jobs ask for. */
  readonly waitingCpus: number;
  readonly waitingGpus: number;
}

/** The largest group first. A job in several partitions waits in each of them, but counts once, under all their names. */
export function groupJobs(jobs: readonly JobObservation[], key: GroupKey): readonly JobGroup[] {
  const groups = new Map<string | null, JobGroup>();
  for (const job of jobs) {
    const value = groupValue(job, key);
    groups.set(value, addJob(groups.get(value) ?? { ...empty, value }, job));
  }
  return [...groups.values()].sort((a, b) => b.jobs - a.jobs);
}

const empty = { jobs: 0, running: 0, pending: 0, cpus: 0, gpus: 0, waitingCpus: 0, waitingGpus: 0 };

function addJob(group: JobGroup, job: JobObservation): JobGroup {
  const count = tasksOf(job);
  const { status } = job.state;
  const isWaiting = status === 'PENDING';
  return {
    value: group.value,
    jobs: group.jobs + count,
    running: group.running + (status === 'RUNNING' ? count : 0),
    pending: group.pending + (isWaiting ? count : 0),
    cpus: group.cpus + (status === 'RUNNING' ? job.cpus : 0),
    gpus: group.gpus + (status === 'RUNNING' ? job.gpus : 0),
    waitingCpus: group.waitingCpus + (isWaiting ? job.cpus * count : 0),
    waitingGpus: group.waitingGpus + (isWaiting ? job.gpus * count : 0),
  };
}

function tasksOf({ arrayTask }: JobObservation): number {
  const set = arrayTask === undefined ? undefined : parseTaskSet(arrayTask);
  return set === undefined ? 1 : Math.max(1, countTasks(set));
}

function groupValue(job: JobObservation, key: GroupKey): string | null {
  switch (key) {
    case 'user':
      return job.user ?? null;
    case 'partition':
      return job.partition ?? null;
    case 'account':
      return job.extra?.Account ?? null;
    case 'qos':
      return job.extra?.QOS ?? null;
    case 'state':
      return job.state.status;
    case 'name':
      return job.name;
  }
}

export function groupListing(key: GroupKey): Listing<JobGroup> {
  return {
    fields: [
      { key, title: key.toUpperCase(), json: ({ value }) => value, elastic: true },
      { key: 'jobs', title: 'JOBS', json: ({ jobs }) => jobs, align: 'right' },
      { key: 'running', title: 'RUNNING', json: ({ running }) => running, align: 'right' },
      { key: 'pending', title: 'PENDING', json: ({ pending }) => pending, align: 'right' },
      { key: 'cpus', title: 'CPUS', json: ({ cpus }) => cpus, align: 'right' },
      { key: 'gpus', title: 'GPUS', json: ({ gpus }) => gpus, align: 'right' },
      { key: 'waiting_cpus', title: 'CPUS_WANTED', json: (group) => group.waitingCpus, align: 'right', drop: 2 },
      { key: 'waiting_gpus', title: 'GPUS_WANTED', json: (group) => group.waitingGpus, align: 'right', drop: 1 },
    ],
    table: [key, 'jobs', 'running', 'pending', 'cpus', 'gpus', 'waiting_cpus', 'waiting_gpus'],
    id: ({ value }) => value ?? '',
  };
}
