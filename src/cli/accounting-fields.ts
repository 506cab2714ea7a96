import type { AccountingRow } from '../app/list-accounting.ts';
import { furtherColumns } from '../core/slurm/accounting-columns.ts';
import { type AccountingRecord, queueWaitSeconds } from '../core/slurm/accounting-record.ts';
import { type ByteUnit, formatBytes } from '../core/slurm/format-bytes.ts';
import { membershipOf } from '../core/slurm/job-id.ts';
import type { ExitStatus } from '../core/slurm/job-observation.ts';
import { jobStateColour } from './colours.ts';
import type { Field } from './field.ts';
import { compactState, stateText } from './job-listing.ts';
import { formatLocalTime, formatTightTime, isoTime } from './local-time.ts';

export type AccountingField = Field<AccountingRow>;
type Reader<Value> = (record: AccountingRecord) => Value;

const identity: readonly AccountingField[] = [
  fact('job_id', 'JOBID', ({ jobId }) => jobId, { native: ['JobID'] }),
  fact('raw_id', 'RAW_ID', ({ rawId }) => rawId, { native: ['JobIDRaw'] }),
  fact('array_job_id', 'ARRAY_JOB_ID', ({ jobId }) => membershipOf(jobId).arrayJobId),
  fact('array_task', 'ARRAY_TASK', ({ jobId }) => membershipOf(jobId.replace(/\.[^.]*$/, '')).arrayTask),
  fact('step', 'STEP', ({ step }) => step),
  fact('is_step', 'IS_STEP', ({ step }) => step !== undefined),
  fact('user', 'USER', ({ user }) => user, { drop: 6, native: ['User'] }),
  fact('name', 'NAME', ({ name }) => name, { elastic: true, native: ['JobName', 'Name'] }),
  // Under this name the reference has it.
  fact('job_name', 'JOB_NAME', ({ name }) => name, { elastic: true }),
  fact('partition', 'PARTITION', ({ partition }) => partition, { drop: 3, native: ['Partition'] }),
  fact('account', 'ACCOUNT', ({ account }) => account, { drop: 7, native: ['Account'] }),
  fact('qos', 'QOS', ({ qos }) => qos, { drop: 8, native: ['QOS'] }),
  fact('cluster', 'CLUSTER', ({ cluster }) => cluster, { native: ['Cluster'] }),
  fact('priority', 'PRIORITY', ({ priority }) => priority, { align: 'right', native: ['Priority'] }),
];

const states: readonly AccountingField[] = [
  {
    ...fact('status', 'STATE', ({ state }) => state.status),
    text: ({ record }) => stateText(record),
    colour: ({ record }) => jobStateColour(record.state),
    short: { title: 'ST', value: ({ record }) => compactState(record) },
  },
  fact('state', 'STATE', ({ state }) => state.raw.split(' ')[0] ?? ''),
  fact('raw_state', 'STATE', ({ state }) => state.raw, { native: ['State'] }),
  fact('failure_kind', 'FAILURE', ({ state }) => state.failureKind),
  fact('cancelled_by_uid', 'CANCELLED_BY', ({ state }) => state.cancelledByUid),
  fact('reason', 'REASON', ({ reason }) => reason, { native: ['Reason'] }),
  fact('exit', 'EXIT', ({ exit }) => exitText(exit), { align: 'right', drop: 2, native: ['ExitCode'] }),
  fact('exit_code', 'EXIT_CODE', ({ exit }) => exit?.code, { align: 'right' }),
  fact('exit_signal', 'SIGNAL', ({ exit }) => exit?.signal, { align: 'right' }),
  fact('derived_exit', 'DERIVED', ({ derivedExit }) => exitText(derivedExit), {
    ...{ align: 'right', native: ['DerivedExitCode'] },
  }),
];

const times: readonly AccountingField[] = [
  timeField('submit_time', 'SUBMIT', ({ submitTime }) => submitTime, 'Submit'),
  timeField('eligible_time', 'ELIGIBLE', ({ eligibleTime }) => eligibleTime, 'Eligible'),
  timeField('start_time', 'START', ({ startTime }) => startTime, 'Start'),
  timeField('end_time', 'END', ({ endTime }) => endTime, 'End'),
  durationField('queue_wait_seconds', 'WAITED', queueWaitSeconds, ['Planned', 'Reserved']),
  fact('elapsed_seconds', 'ELAPSED_RAW', ({ elapsedSeconds }) => elapsedSeconds, {
    ...{ align: 'right', native: ['ElapsedRaw'] },
  }),
  {
    ...{ key: 'elapsed', title: 'ELAPSED', align: 'right', drop: 1, native: ['Elapsed'] },
    json: ({ record: { elapsedSeconds: seconds } }) => (seconds === undefined ? null : clockText(seconds)),
  },
  durationField('suspended_seconds', 'SUSPENDED', ({ suspendedSeconds }) => suspendedSeconds, ['Suspended']),
  {
    ...fact('time_limit_seconds', 'LIMIT', ({ timeLimitSeconds }) => timeLimitSeconds, { align: 'right' }),
    text: ({ record: { timeLimitSeconds: limit } }) =>
      limit === null ? 'UNLIMITED' : limit === undefined ? '-' : clockText(limit),
    native: ['Timelimit'],
  },
  {
    ...fact('time_limit_minutes', 'LIMIT_MIN', ({ timeLimitSeconds }) => minutesOf(timeLimitSeconds), {
      align: 'right',
    }),
    text: ({ record: { timeLimitSeconds: limit } }) =>
      limit === null ? 'UNLIMITED' : limit === undefined ? '-' : String(minutesOf(limit)),
    native: ['TimelimitRaw'],
    onRequest: true,
  },
];

const resources = (unit: ByteUnit | undefined): readonly AccountingField[] => [
  fact('nodes', 'NODES', ({ nodes }) => nodes, { align: 'right', drop: 9, native: ['NNodes'] }),
  fact('tasks', 'TASKS', ({ tasks }) => tasks, { align: 'right', native: ['NTasks'] }),
  fact('alloc_cpus', 'CPUS', ({ cpus }) => cpus, { align: 'right', drop: 5, native: ['AllocCPUS', 'NCPUS'] }),
  fact('requested_cpus', 'REQ_CPUS', ({ requestedCpus }) => requestedCpus, { align: 'right', native: ['ReqCPUS'] }),
  fact('gpus', 'GPUS', ({ gpus }) => gpus, { align: 'right', drop: 4 }),
  bytesField('allocated_memory_bytes', 'MEM', ({ allocatedMemoryBytes }) => allocatedMemoryBytes, { unit }),
  bytesField('requested_memory_bytes', 'REQ_MEM', (record) => record.requestedMemoryBytes, { unit, native: 'ReqMem' }),
  fact('alloc_tres', 'ALLOC_TRES', ({ allocatedTres }) => allocatedTres, { native: ['AllocTRES'] }),
  fact('requested_tres', 'REQ_TRES', ({ requestedTres }) => requestedTres, { native: ['ReqTRES'] }),
  fact('nodelist', 'NODELIST', ({ nodeList }) => nodeList, { elastic: true, native: ['NodeList'] }),
  fact('work_dir', 'WORK_DIR', ({ workDir }) => workDir, { native: ['WorkDir'] }),
];

const usage = (unit: ByteUnit | undefined): readonly AccountingField[] => [
  durationField('cpu_time_seconds', 'CPU_TIME', ({ cpuTimeSeconds }) => cpuTimeSeconds, ['CPUTime', 'CPUTimeRAW']),
  durationField('cpu_seconds', 'TOTAL_CPU', ({ cpuSeconds }) => cpuSeconds, ['TotalCPU']),
  durationField('user_cpu_seconds', 'USER_CPU', ({ userCpuSeconds }) => userCpuSeconds, ['UserCPU']),
  durationField('system_cpu_seconds', 'SYSTEM_CPU', ({ systemCpuSeconds }) => systemCpuSeconds, ['SystemCPU']),
  bytesField('max_rss_bytes', 'MAX_RSS', ({ maxRssBytes }) => maxRssBytes, { unit, native: 'MaxRSS' }),
  bytesField('average_rss_bytes', 'AVE_RSS', ({ averageRssBytes }) => averageRssBytes, { unit, native: 'AveRSS' }),
  bytesField('total_rss_bytes', 'TOTAL_RSS', ({ totalRssBytes }) => totalRssBytes, { unit }),
  fact('gpu_utilization', 'GPU_UTIL', ({ averageGpuUtilization }) => averageGpuUtilization, { align: 'right' }),
];

const efficiency = (unit: ByteUnit | undefined): readonly AccountingField[] => [
  shareField('cpu_efficiency', 'CPU_EFF', ({ efficiency: found }) => found?.cpuPercent),
  numberField('cpu_seconds_used', 'CPU_USED', ({ efficiency: found }) => found?.cpuSecondsUsed, clockText),
  numberField('cpu_seconds_allocated', 'CPU_HAD', ({ efficiency: found }) => found?.cpuSecondsAllocated, clockText),
  shareField('memory_efficiency', 'MEM_EFF', ({ efficiency: found }) => found?.memoryPercent),
  {
    ...numberField(
      'memory_bytes_used',
      'MEM_USED',
      (row) => row.efficiency?.memoryBytesUsed,
      (bytes) => formatBytes(bytes, unit),
    ),
    drop: 11,
  },
  {
    ...numberField(
      'memory_bytes_had',
      'MEM_HAD',
      (row) => row.efficiency?.memoryBytesAllocated,
      (bytes) => formatBytes(bytes, unit),
    ),
    drop: 10,
  },
  shareField('gpu_efficiency', 'GPU_EFF', ({ efficiency: found }) => found?.gpuPercent),
  {
    ...{ key: 'efficiency_gaps', title: 'NOT_KNOWN', json: (row) => row.efficiency?.gaps ?? [] },
    ...{ text: (row) => row.efficiency?.gaps.join('; ') || '-', elastic: true },
  },
];

/** What sacct has beyond that, verbatim; asked for only where somebody wants to see it. */
const further: readonly AccountingField[] = furtherColumns.map((column) => ({
  key: keyOf(column),
  title: keyOf(column).toUpperCase(),
  json: ({ record }) => record.extra[column] || null,
  native: [column],
  onRequest: true,
}));

/** The columns of sacct's own to ask for, so that these keys can be shown. */
export function furtherColumnsOf(keys: readonly string[]): readonly string[] {
  return furtherColumns.filter((column) => keys.includes(keyOf(column)));
}

export interface AccountingFieldOptions {
  /** In which memory is shown to people; each amount in its own without one. */
  readonly unit?: ByteUnit | undefined;
  readonly efficiency: boolean;
}

export function accountingFields({
  unit,
  efficiency: withEfficiency,
}: AccountingFieldOptions): readonly AccountingField[] {
  return [
    ...[...identity, ...states, ...times, ...resources(unit), ...usage(unit)],
    ...(withEfficiency ? efficiency(unit) : []),
    ...further,
  ];
}

function keyOf(column: string): string {
  return column.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase();
}

function fact(
  key: string,
  title: string,
  value: Reader<unknown>,
  more: Partial<AccountingField> = {},
): AccountingField {
  return { key, title, json: ({ record }) => value(record) ?? null, ...more };
}

function timeField(key: string, title: string, value: Reader<number | undefined>, native: string): AccountingField {
  return {
    ...{ key, title, json: ({ record }) => isoTime(value(record)) },
    ...{ text: ({ record }) => formatLocalTime(value(record)), native: [native] },
    short: { title, value: ({ record }) => formatTightTime(value(record)) },
  };
}

/** sacct counts limits in whole minutes. */
function minutesOf(seconds: number | null | undefined): number | null | undefined {
  return seconds === null || seconds === undefined ? seconds : Math.round(seconds / 60);
}

function exitText(exit: ExitStatus | undefined): string | undefined {
  return exit === undefined ? undefined : `${exit.code}:${exit.signal}`;
}

/** Seconds for programs, `[D-]HH:MM:SS` as sacct writes it for people. */
function durationField(
  key: string,
  title: string,
  value: Reader<number | undefined>,
  native: readonly string[],
): AccountingField {
  return { ...numberField(key, title, ({ record }) => value(record), clockText), native };
}

function bytesField(
  key: string,
  title: string,
  value: Reader<number | undefined>,
  { unit, native }: { readonly unit: ByteUnit | undefined; readonly native?: string },
): AccountingField {
  const field = numberField(
    key,
    title,
    ({ record }) => value(record),
    (bytes) => formatBytes(bytes, unit),
  );
  return native === undefined ? field : { ...field, native: [native] };
}

type RowReader = (row: AccountingRow) => number | null | undefined;

function shareField(key: string, title: string, value: RowReader): AccountingField {
  return numberField(key, title, value, (percent) => `${percent.toFixed(2)}%`);
}

function numberField(key: string, title: string, value: RowReader, format: (value: number) => string): AccountingField {
  return {
    ...{ key, title, align: 'right', json: (row) => value(row) ?? null },
    text: (row) => {
      const known = value(row);
      return known === null || known === undefined ? '-' : format(known);
    },
  };
}

/** `[D-]HH:MM:SS`, as sacct writes it. */
function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const days = Math.floor(whole / 86_400);
  return `${days > 0 ? `${days}-` : ''}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}
