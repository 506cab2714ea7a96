import { formatDuration } from '../core/slurm/duration.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { shortStateName } from '../core/slurm/job-state.ts';
import { jobStateColour } from './colours.ts';
import { type Field, jsonOf, type Listing } from './field.ts';
import { extraFields, type JobField, rareExtraFields } from './job-extra-fields.ts';
import { formatLocalTime, formatTightTime, isoTime } from './local-time.ts';
import { nativeEnd, nativeTime, nativeWhere, tresPerNode } from './native-texts.ts';

const identity: readonly JobField[] = [
  { key: 'job_id', title: 'JOBID', json: (job) => job.jobId, native: ['%i', 'JobArrayID', 'id'] },
  { key: 'raw_id', title: 'RAW_ID', json: (job) => job.rawId, native: ['%A', 'JobID'], inPattern: { title: 'JOBID' } },
  {
    key: 'array_job_id',
    title: 'ARRAY_JOB_ID',
    json: (job) => job.arrayJobId ?? null,
    native: ['%F', 'ArrayJobID'],
    inPattern: { text: (job) => job.arrayJobId ?? job.rawId },
  },
  {
    key: 'array_task',
    title: 'ARRAY_TASK_ID',
    json: (job) => job.arrayTask ?? null,
    native: ['%K', 'ArrayTaskID'],
    inPattern: { text: (job) => job.arrayTask ?? 'N/A' },
  },
  { key: 'user', title: 'USER', json: (job) => job.user ?? null, drop: 3, native: ['%u', 'UserName'] },
  { key: 'name', title: 'NAME', json: (job) => job.name, elastic: true, native: ['%j', 'Name', 'JobName'] },
  {
    ...{ key: 'partition', title: 'PARTITION', json: (job) => job.partition ?? null, drop: 5 },
    native: ['%P', 'Partition'],
  },
  ...extraFields(['Account', 'QOS', 'PriorityLong']),
];

const states: readonly JobField[] = [
  {
    ...{ key: 'status', title: 'STATE', json: (job) => job.state.status, text: stateText },
    colour: (job) => jobStateColour(job.state),
    short: { title: 'ST', value: compactState },
  },
  { key: 'raw_state', title: 'STATE', json: (job) => job.state.raw, native: ['%T', 'State'] },
  {
    key: 'state_compact',
    title: 'ST',
    text: compactState,
    native: ['%t', 'StateCompact'],
  },
  { key: 'phase', title: 'PHASE', json: (job) => job.state.phase ?? null },
  { key: 'failure_kind', title: 'FAILURE', json: (job) => job.state.failureKind ?? null },
  {
    key: 'reason',
    title: 'REASON',
    json: (job) => job.reason ?? null,
    text: (job) => job.reason ?? 'None',
    native: ['%r'],
  },
  { key: 'exit_code', title: 'EXIT_CODE', json: (job) => job.exit?.code ?? null, align: 'right' },
  { key: 'exit_signal', title: 'SIGNAL', json: (job) => job.exit?.signal ?? null, align: 'right' },
  { key: 'restarts', title: 'RESTARTS', json: (job) => job.restarts, align: 'right', native: ['RestartCnt'] },
];

const resources: readonly JobField[] = [
  { key: 'nodes', title: 'NODES', json: (job) => job.nodes, align: 'right', drop: 6, native: ['%D', 'NumNodes'] },
  { key: 'cpus', title: 'CPUS', json: (job) => job.cpus, align: 'right', drop: 8, native: ['%C', 'NumCPUs'] },
  { key: 'gpus', title: 'GPUS', json: (job) => job.gpus, align: 'right', drop: 4 },
  {
    key: 'nodelist',
    title: 'NODELIST',
    json: (job) => job.nodeList ?? null,
    elastic: true,
    native: ['%N'],
    inPattern: { text: (job) => job.nodeList ?? '' },
  },
  {
    ...{ key: 'nodelist_reason', title: 'NODELIST(REASON)', text: whereText, elastic: true, drop: 2 },
    native: ['%R', 'ReasonList', 'where'],
    inPattern: { text: nativeWhere },
  },
];

const times: readonly JobField[] = [
  timeField('submit_time', 'SUBMIT_TIME', ({ submitTime }) => submitTime, ['%V', 'SubmitTime']),
  {
    ...timeField('start_time', 'START_TIME', ({ startTime }) => startTime, ['%S', 'StartTime']),
    inPattern: { text: ({ startTime }) => nativeTime(startTime) },
  },
  {
    ...timeField('end_time', 'END_TIME', ({ endTime }) => endTime, ['%e', 'EndTime']),
    inPattern: { text: nativeEnd },
  },
  {
    ...{ key: 'elapsed_time', title: 'ELAPSED' },
    json: ({ elapsedSeconds }) => (elapsedSeconds === undefined ? null : formatDuration(elapsedSeconds)),
  },
  {
    ...{ key: 'elapsed_seconds', title: 'TIME', json: (job) => job.elapsedSeconds ?? null, align: 'right', drop: 1 },
    text: (job) => formatDuration(job.elapsedSeconds ?? 0),
    native: ['%M', 'TimeUsed'],
  },
  {
    ...{ key: 'time_limit', title: 'TIME_LIMIT', native: ['TimeLimit'], align: 'right' },
    json: (job) => (job.timeLimitSeconds === undefined ? null : limitText(job)),
  },
  {
    ...{ key: 'time_limit_seconds', title: 'LIMIT', json: (job) => job.timeLimitSeconds ?? null, text: limitText },
    ...{ align: 'right', drop: 9, native: ['%l'], inPattern: { title: 'TIME_LIMIT' } },
  },
];

const others: readonly JobField[] = [
  { key: 'work_dir', title: 'WORK_DIR', json: (job) => job.workDir ?? null, native: ['%Z', 'WorkDir'] },
  ...extraFields(['Dependency', 'SchedNodes']),
  {
    key: 'comment',
    title: 'COMMENT',
    json: (job) => job.comment ?? null,
    onRequest: true,
    native: ['%k', 'Comment'],
    inPattern: { text: (job) => job.comment ?? '(null)' },
  },
  { key: 'stdout', title: 'STDOUT', json: (job) => job.stdout ?? null, onRequest: true, native: ['STDOUT'] },
  {
    key: 'tres_per_node',
    title: 'TRES_PER_NODE',
    json: (job) => tresPerNode(job) ?? null,
    onRequest: true,
    native: ['%b', 'tres-per-node', 'gres'],
    inPattern: { text: (job) => tresPerNode(job) ?? 'N/A' },
  },
  ...extraFields().map((field) => ({ ...field, onRequest: true as const })),
];

/** Every field once: what the usual groups name is not among those on request. */
export const jobFields: readonly JobField[] = [...identity, ...states, ...resources, ...times, ...others].filter(
  ({ key }, index, all) => all.findIndex((field) => field.key === key) === index,
);

/** Columns of jobs, for rows that hold one. */
export function fieldsOfJob<Row extends { readonly job: JobObservation }>(
  keys: readonly string[],
): readonly Field<Row>[] {
  return keys.flatMap((key) => jobFields.filter((field) => field.key === key).map((field) => fieldOfJob<Row>(field)));
}

export function fieldOfJob<Row extends { readonly job: JobObservation }>({
  json,
  text,
  colour,
  short,
  inPattern,
  onRequest: _onRequest,
  ...field
}: JobField): Field<Row> {
  return {
    ...field,
    ...(json === undefined ? {} : { json: ({ job }) => json(job) }),
    ...(text === undefined ? {} : { text: ({ job }) => text(job) }),
    ...(colour === undefined ? {} : { colour: ({ job }) => colour(job) }),
    ...(short === undefined ? {} : { short: { ...short, value: ({ job }) => short.value(job) } }),
    ...(inPattern === undefined ? {} : { inPattern: patternOfJob(inPattern) }),
  };
}

function patternOfJob<Row extends { readonly job: JobObservation }>({
  text,
  ...pattern
}: NonNullable<JobField['inPattern']>): NonNullable<Field<Row>['inPattern']> {
  return text === undefined ? pattern : { ...pattern, text: ({ job }) => text(job) };
}

const usualTable = ['job_id', 'user', 'name', 'status', 'cpus', 'gpus', 'elapsed_seconds', 'nodelist_reason'];

/** Jobs as `squeue` shows them, with the columns of a table. */
export function jobListing(table: readonly string[] = usualTable): Listing<JobObservation> {
  return {
    fields: [...jobFields, ...rareExtraFields],
    table,
    wide: [
      ...['job_id', 'user', 'account', 'partition', 'qos', 'priority', 'name', 'status', 'nodes', 'cpus', 'gpus'],
      ...['elapsed_seconds', 'time_limit_seconds', 'submit_time', 'start_time', 'nodelist_reason'],
    ],
    id: (job) => job.jobId,
  };
}

/** The status and, where Slurm is more precise, its own word: `FAILED (NODE_FAIL)`, `RUNNING (COMPLETING)`. */
export function stateText(job: Pick<JobObservation, 'state'>): string {
  const { status, raw } = job.state;
  return raw.toUpperCase().startsWith(status) ? status : `${status} (${raw})`;
}

export function compactState({ state }: Pick<JobObservation, 'state'>): string {
  return shortStateName(state.raw) ?? state.raw;
}

function limitText(job: JobObservation): string {
  if (job.timeLimitSeconds === null) return 'UNLIMITED';
  return job.timeLimitSeconds === undefined ? '-' : formatDuration(job.timeLimitSeconds);
}

function whereText(job: JobObservation): string {
  if (job.state.status === 'PENDING') return `(${job.reason ?? 'None'})`;
  return job.nodeList ?? '-';
}

function timeField(
  key: string,
  title: string,
  time: (job: JobObservation) => number | undefined,
  native: readonly string[],
): JobField {
  return {
    ...{ key, title, native, json: (job) => isoTime(time(job)), text: (job) => formatLocalTime(time(job)) },
    short: { title: title.replace('_TIME', ''), value: (job) => formatTightTime(time(job)) },
  };
}

/** The documented JSON of a job. */
export function jobJson(job: JobObservation): Record<string, unknown> {
  return jsonOf(
    jobFields.filter(({ onRequest }) => onRequest !== true),
    job,
  );
}
