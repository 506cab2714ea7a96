import type { JobObservation } from '../core/slurm/job-observation.ts';
import { rareSqueueExtras, type SqueueExtra, squeueExtraLetters, squeueExtras } from '../core/slurm/squeue-extras.ts';
import { parseEpoch } from '../core/slurm/timestamp.ts';
import type { Field } from './field.ts';
import { formatLocalTime, isoTime } from './local-time.ts';

export type JobField = Field<JobObservation>;

/** Keys that are not simply Slurm's name in snake_case. */
const keys: Readonly<Partial<Record<SqueueExtra, string>>> = {
  exc_nodes: 'excluded_nodes',
  Feature: 'features',
  HetJobIDSet: 'het_job_id_set',
  MCSLabel: 'mcs_label',
  NTPerBoard: 'tasks_per_board',
  NTPerCore: 'tasks_per_core',
  NTPerNode: 'tasks_per_node',
  NTPerSocket: 'tasks_per_socket',
  NumTasks: 'tasks',
  Priority: 'priority_fraction',
  PriorityLong: 'priority',
  QOS: 'qos',
  ReqNodes: 'required_nodes',
  SCT: 'sockets_cores_threads',
  SchedNodes: 'scheduled_nodes',
  SPerBoard: 'sockets_per_board',
  STDERR: 'stderr',
  STDIN: 'stdin',
  WCKey: 'wckey',
};

/** What the titles of squeue's `-o` are, where they are not our keys. */
const patternTitles: Readonly<Partial<Record<SqueueExtra, string>>> = {
  BatchHost: 'EXEC_HOST',
  Cores: 'CORES_PER_SOCKET',
  exc_nodes: 'EXC_NODES',
  GroupID: 'GROUP',
  GroupName: 'GROUP',
  Priority: 'PRIORITY',
  ReqNodes: 'REQ_NODES',
  SCT: 'S:C:T',
  SchedNodes: 'SCHEDNODES',
  Sockets: 'SOCKETS_PER_NODE',
  Threads: 'THREADS_PER_CORE',
  UserID: 'UID',
};

/** What squeue prints for nothing, where that is not `(null)`. */
const patternBlanks: Readonly<Partial<Record<SqueueExtra, string>>> = { CoreSpec: 'N/A', exc_nodes: '', ReqNodes: '' };

const numbers: readonly SqueueExtra[] = [
  ...(['PriorityLong', 'Nice', 'GroupID', 'UserID', 'AllocSID', 'AssocID', 'BatchFlag', 'DerivedEC'] as const),
  ...(['NumTasks', 'Reboot', 'Requeue'] as const),
];

const times: readonly SqueueExtra[] = [
  ...(['EligibleTime', 'AccrueTime', 'Deadline', 'LastSchedEval', 'PreemptTime', 'ResizeTime'] as const),
];

/** Fields that squeue is asked for only where somebody wants to see them. */
export function extraFields(names = Object.keys(squeueExtras) as readonly SqueueExtra[]): readonly JobField[] {
  return names.map((name) => {
    const key = keyOf(name);
    const letter = squeueExtraLetters[name];
    const isNumber = numbers.includes(name);
    const isTime = times.includes(name);
    return {
      key,
      title: key.toUpperCase(),
      json: (job) => (isTime ? isoTime(timeOf(job, name)) : extraValue(job.extra?.[name], isNumber)),
      ...(isTime ? { text: (job: JobObservation) => formatLocalTime(timeOf(job, name)) } : {}),
      native: [...(letter === '' ? [] : [`%${letter}`]), name],
      ...(letter === '' ? {} : { inPattern: inPattern(name) }),
      ...(isNumber ? { align: 'right' as const } : {}),
    };
  });
}

function inPattern(name: SqueueExtra): NonNullable<JobField['inPattern']> {
  const title = patternTitles[name];
  const text = ({ extra }: JobObservation) => extra?.[name] ?? patternBlanks[name] ?? '(null)';
  return title === undefined ? { text } : { title, text };
}

/** Those that not every release has, or that hardly anybody asks for. */
export const rareExtraFields: readonly JobField[] = extraFields(
  // Of what a job asks for on each node, the embedded runner has a part.
  (Object.keys(rareSqueueExtras) as readonly SqueueExtra[]).filter((name) => name !== 'tres-per-node'),
).map((field) => ({ ...field, onRequest: true as const }));

/** The fields to ask squeue for, so that these keys can be shown. */
export function extrasOf(wanted: readonly string[]): readonly SqueueExtra[] {
  return (Object.keys(squeueExtraLetters) as SqueueExtra[]).filter((name) => wanted.includes(keyOf(name)));
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
