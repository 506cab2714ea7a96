import { formatDuration } from '../core/slurm/duration.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { jobStateColour } from './colours.ts';
import type { Column } from './table.ts';

export type JobColumn = Column<JobObservation>;

const column = (title: string, value: JobColumn['value'], align?: 'right'): JobColumn =>
  align === undefined ? { title, value } : { title, value, align };

const elastic = (whole: JobColumn): JobColumn => ({ ...whole, elastic: true });

const columns = {
  id: column('JOBID', (job) => job.jobId),
  user: column('USER', (job) => job.user ?? '-'),
  name: elastic(column('NAME', (job) => job.name)),
  partition: column('PARTITION', (job) => job.partition ?? '-'),
  state: { ...column('STATE', stateText), colour: ({ state }: JobObservation) => jobStateColour(state) },
  nodes: column('NODES', (job) => `${job.nodes}`, 'right'),
  cpus: column('CPUS', (job) => `${job.cpus}`, 'right'),
  gpus: column('GPUS', (job) => `${job.gpus}`, 'right'),
  time: column('TIME', (job) => formatDuration(job.elapsedSeconds ?? 0), 'right'),
  limit: column('LIMIT', limitText, 'right'),
  where: elastic(column('NODELIST(REASON)', whereText)),
};

export interface ColumnChoice {
  readonly partition: boolean;
  readonly limit: boolean;
  readonly nodes: boolean;
}

export function jobColumns(choice: ColumnChoice): readonly JobColumn[] {
  return [
    columns.id,
    columns.user,
    columns.name,
    ...(choice.partition ? [columns.partition] : []),
    columns.state,
    ...(choice.nodes ? [columns.nodes] : []),
    columns.cpus,
    columns.gpus,
    columns.time,
    ...(choice.limit ? [columns.limit] : []),
    columns.where,
  ];
}

/** The status and, where Slurm is more precise, its own word: `FAILED (NODE_FAIL)`, `RUNNING (COMPLETING)`. */
export function stateText(job: Pick<JobObservation, 'state'>): string {
  const { status, raw } = job.state;
  return raw.toUpperCase().startsWith(status) ? status : `${status} (${raw})`;
}

function limitText(job: JobObservation): string {
  if (job.timeLimitSeconds === null) return 'UNLIMITED';
  return job.timeLimitSeconds === undefined ? '-' : formatDuration(job.timeLimitSeconds);
}

function whereText(job: JobObservation): string {
  if (job.state.status === 'PENDING') return `(${job.reason ?? 'None'})`;
  return job.nodeList ?? '-';
}

/** The documented JSON of a job: numbers as numbers, times as ISO 8601, `null` for what is not known. */
export function jobJson(job: JobObservation): Record<string, unknown> {
  const time = (seconds: number | undefined) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString());
  return {
    job_id: job.jobId,
    raw_id: job.rawId,
    array_job_id: job.arrayJobId ?? null,
    array_task: job.arrayTask ?? null,
    user: job.user ?? null,
    name: job.name,
    partition: job.partition ?? null,
    status: job.state.status,
    raw_state: job.state.raw,
    phase: job.state.phase ?? null,
    failure_kind: job.state.failureKind ?? null,
    reason: job.reason ?? null,
    exit_code: job.exit?.code ?? null,
    exit_signal: job.exit?.signal ?? null,
    restarts: job.restarts,
    nodes: job.nodes,
    cpus: job.cpus,
    gpus: job.gpus,
    nodelist: job.nodeList ?? null,
    submit_time: time(job.submitTime),
    start_time: time(job.startTime),
    end_time: time(job.endTime),
    elapsed_time: job.elapsedSeconds === undefined ? null : formatDuration(job.elapsedSeconds),
    elapsed_seconds: job.elapsedSeconds ?? null,
    time_limit: job.timeLimitSeconds === undefined ? null : limitText(job),
    time_limit_seconds: job.timeLimitSeconds ?? null,
    work_dir: job.workDir ?? null,
  };
}
