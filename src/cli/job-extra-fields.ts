import type { JobObservation } from '../core/slurm/job-observation.ts';
import { type SqueueExtra, squeueExtras } from '../core/slurm/squeue-extras.ts';
import { parseEpoch } from '../core/slurm/timestamp.ts';
import type { Field } from './field.ts';
import { formatLocalTime, isoTime } from './local-time.ts';

export type JobField = Field<JobObservation>;

/** Keys that are not simply Slurm's name in snake_case. */
const keys: Readonly<Partial<Record<SqueueExtra, string>>> = {
  Feature: 'features',
  Priority: 'priority_fraction',
  PriorityLong: 'priority',
  QOS: 'qos',
  ReqNodes: 'required_nodes',
  SchedNodes: 'scheduled_nodes',
  STDERR: 'stderr',
  STDIN: 'stdin',
  WCKey: 'wckey',
  exc_nodes: 'excluded_nodes',
};

const numbers: readonly SqueueExtra[] = ['PriorityLong', 'Nice', 'GroupID', 'UserID'];

/** Fields that squeue is asked for only where somebody wants to see them. */
export function extraFields(names = Object.keys(squeueExtras) as readonly SqueueExtra[]): readonly JobField[] {
  return names.map((name) => {
    const key = keyOf(name);
    const letter = squeueExtras[name];
    const isNumber = numbers.includes(name);
    const isTime = name === 'EligibleTime';
    return {
      key,
      title: key.toUpperCase(),
      json: (job) => (isTime ? isoTime(timeOf(job, name)) : extraValue(job.extra?.[name], isNumber)),
      ...(isTime ? { text: (job: JobObservation) => formatLocalTime(timeOf(job, name)) } : {}),
      native: [...(letter === '' ? [] : [`%${letter}`]), name],
      ...(isNumber ? { align: 'right' as const } : {}),
    };
  });
}

/** The fields to ask squeue for, so that these keys can be shown. */
export function extrasOf(wanted: readonly string[]): readonly SqueueExtra[] {
  return (Object.keys(squeueExtras) as SqueueExtra[]).filter((name) => wanted.includes(keyOf(name)));
}

function timeOf(job: JobObservation, name: SqueueExtra): number | undefined {
  return parseEpoch(job.extra?.[name] ?? '');
}

function keyOf(name: SqueueExtra): string {
  return keys[name] ?? name.replaceAll(/(?<=[a-z])(?=[A-Z])|-/g, '_').toLowerCase();
}

function extraValue(text: string | undefined, isNumber: boolean): string | number | null {
  if (text === undefined) return null;
  return isNumber && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
