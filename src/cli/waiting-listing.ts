import type { JobPriority } from '../app/list-priorities.ts';
import type { WaitingJob } from '../app/list-waiting.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { explainReason } from '../core/slurm/pending-reason.ts';
import type { PriorityFactors } from '../core/slurm/sprio.ts';
import type { Field, Listing } from './field.ts';
import { fieldsOfJob } from './job-listing.ts';

const ahead: Field<Pick<WaitingJob, 'jobsAhead'>> = {
  ...{ key: 'jobs_ahead', title: 'AHEAD', json: ({ jobsAhead }) => jobsAhead, align: 'right', drop: 4 },
};

/** When waiting jobs are expected to start, and why they wait. */
export function etaListing(nowSeconds: number): Listing<WaitingJob> {
  const startsIn = ({ job: { state, startTime } }: WaitingJob) =>
    state.status !== 'PENDING' || startTime === undefined ? null : Math.max(0, Math.round(startTime - nowSeconds));
  const words = ({ job: { state, reason } }: WaitingJob) =>
    state.status === 'PENDING' && reason !== undefined ? explainReason(reason) : [];
  return {
    fields: [
      ...fieldsOfJob<WaitingJob>(['job_id', 'user', 'name', 'partition', 'status', 'raw_state']),
      // The time until then says the same in fewer letters.
      ...fieldsOfJob<WaitingJob>(['start_time']).map((field) => ({ ...field, drop: 3 })),
      {
        ...{ key: 'starts_in_seconds', title: 'IN', json: startsIn, align: 'right', drop: 1 },
        text: (row) => formatWait(startsIn(row)),
      },
      ...fieldsOfJob<WaitingJob>(['scheduled_nodes', 'priority']),
      ahead,
      ...fieldsOfJob<WaitingJob>(['reason']).map((field) => ({ ...field, drop: 2 })),
      {
        ...{
          key: 'meaning',
          title: 'WHY',
          json: (row) =>
            words(row)
              .map(({ meaning }) => meaning)
              .join(' ') || null,
        },
        elastic: true,
        drop: 6,
      },
      {
        ...{
          key: 'next',
          title: 'NEXT',
          json: (row) =>
            words(row)
              .flatMap(({ next }) => next ?? [])
              .join(' ') || null,
        },
        elastic: true,
      },
    ],
    table: [
      'job_id',
      'name',
      'partition',
      'status',
      'start_time',
      'starts_in_seconds',
      'jobs_ahead',
      'reason',
      'meaning',
    ],
    id: ({ job }) => job.jobId,
  };
}

function formatWait(seconds: number | null): string {
  return seconds === null ? '-' : formatDuration(seconds);
}

function factor(key: string, title: string, value: (factors: PriorityFactors) => number | string): Field<JobPriority> {
  return { key, title, json: ({ factors }) => (factors === undefined ? null : value(factors)), align: 'right' };
}

const factorKeys = ['age', 'fair_share', 'job_size', 'partition_factor', 'qos_factor', 'tres', 'nice_factor'];

/** What the priorities of waiting jobs are made of. */
export const priorityListing: Listing<JobPriority> = {
  fields: [
    ...fieldsOfJob<JobPriority>(['job_id', 'user', 'account', 'name']),
    {
      ...{ key: 'partition', title: 'PARTITION', drop: 5 },
      json: ({ job, factors }) => factors?.partition ?? job.partition ?? null,
    },
    {
      ...{ key: 'priority', title: 'PRIORITY', align: 'right', native: ['%Y'] },
      json: ({ job, factors }) => factors?.priority ?? Number(job.extra?.PriorityLong ?? 0),
    },
    ahead,
    factor('age', 'AGE', ({ age }) => age),
    factor('fair_share', 'FAIRSHARE', ({ fairShare }) => fairShare),
    factor('job_size', 'SIZE', ({ jobSize }) => jobSize),
    factor('partition_factor', 'PART', ({ partitionFactor }) => partitionFactor),
    factor('qos_factor', 'QOS', ({ qos }) => qos),
    factor('tres', 'TRES', ({ tres }) => tres),
    factor('nice_factor', 'NICE', ({ nice }) => nice),
    factor('site', 'SITE', ({ site }) => site),
    factor('association', 'ASSOC', ({ association }) => association),
    {
      ...{ key: 'owner_fair_share', title: 'SHARE_LEFT', align: 'right' },
      json: ({ fairShare }) => fairShare ?? null,
    },
    ...fieldsOfJob<JobPriority>(['reason']),
  ],
  table: ['job_id', 'user', 'name', 'partition', 'priority', 'jobs_ahead', ...factorKeys, 'owner_fair_share'],
  id: ({ job }) => job.jobId,
};

/** Where there are no factors. */
export const basicPriorityListing: Listing<JobPriority> = {
  ...priorityListing,
  table: ['job_id', 'user', 'name', 'partition', 'priority', 'jobs_ahead', 'reason'],
};
