import type { ClusterReport, JobCounts } from '../app/report-cluster.ts';
import type { GpuRow } from '../core/slurm/gpu-table.ts';
import { columnOf } from './field.ts';
import { gpusJson } from './gpu-listing.ts';
import { jobFields, jobJson } from './job-listing.ts';
import type { Signs } from './signs.ts';
import { type Column, formatTable, printable, type TableOptions } from './table.ts';

/** So many jobs are listed for people; JSON has them all. */
const shownJobs = 10;

export interface ReportLook extends TableOptions {
  readonly signs: Signs;
}

export function clusterReportLines(report: ClusterReport, look: ReportLook): string[] {
  const { at, cluster, jobs, resources, user, running, problem } = report;
  return [
    `${new Date(at).toISOString()}  ${printable(cluster)}`,
    ...(jobs === undefined ? [] : ['', `Jobs: ${countsText(jobs)}`]),
    ...(user === undefined ? [] : ['', `Jobs of ${printable(user.name)}: ${countsText(user)}`]),
    ...(problem === undefined ? [] : [`(${printable(problem)})`]),
    ...(resources === undefined ? [] : ['', ...gpuLines([...resources.rows, resources.total], look)]),
    ...(resources === undefined ? [] : ['', `Nodes: ${nodesText(resources.nodes)}`]),
    ...(running === undefined ? [] : ['', ...jobLines(running, look)]),
  ];
}

function countsText({ running, pending, completed, failed, timeout, cancelled }: JobCounts): string {
  const ended = `${completed} completed, ${failed} failed, ${timeout} out of time, ${cancelled} cancelled`;
  return `${running} running, ${pending} waiting; ended: ${ended}`;
}

function nodesText({
  total,
  idle,
  down,
}: {
  readonly total: number;
  readonly idle: number;
  readonly down: number;
}): string {
  return `${total}, of which ${idle} idle and ${down} out of use`;
}

const gpuColumns: readonly Column<GpuRow>[] = [
  { title: 'PARTITION', value: ({ partition }) => partition ?? 'TOTAL' },
  { title: 'GPU', value: ({ type }) => (type === undefined ? 'all' : type === '' ? '(none)' : type) },
  { title: 'TOTAL', align: 'right', drop: 1, value: ({ total }) => String(total) },
  { title: 'USED', align: 'right', drop: 2, value: ({ used }) => String(used) },
  { title: 'FREE', align: 'right', value: ({ free }) => String(free) },
  { title: 'WAITED_FOR', align: 'right', drop: 3, value: ({ pending }) => String(pending) },
];

function gpuLines(rows: readonly GpuRow[], look: ReportLook): string[] {
  return rows.length === 1 ? ['No GPUs'] : formatTable(gpuColumns, rows, look);
}

const jobKeys = ['job_id', 'user', 'name', 'partition', 'status', 'cpus', 'gpus', 'elapsed_seconds', 'nodelist_reason'];

function jobLines(jobs: NonNullable<ClusterReport['running']>, look: ReportLook): string[] {
  if (jobs.length === 0) return ['No jobs in queue'];
  const shown = jobs.slice(0, shownJobs);
  const more = jobs.length > shown.length ? [`${look.signs.more} and ${jobs.length - shown.length} more`] : [];
  const columns = jobKeys.flatMap((key) => jobFields.filter((field) => field.key === key).map(columnOf));
  return [...formatTable(columns, shown, look), ...more];
}

/** The documented JSON of a report: a part for each section. */
export function clusterReportJson(report: ClusterReport): Record<string, unknown> {
  const { at, cluster, jobs, resources, user, running, problem } = report;
  return {
    at: new Date(at).toISOString(),
    cluster,
    ...(jobs === undefined ? {} : { jobs }),
    ...(resources === undefined ? {} : { resources: gpusJson(resources, []) }),
    ...(user === undefined ? {} : { user }),
    ...(running === undefined ? {} : { running: running.map(jobJson) }),
    problem: problem ?? null,
  };
}
