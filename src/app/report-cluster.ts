import { ConnectionError } from '../core/errors.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import type { JobEnding } from '../core/slurm/job-endings.ts';
import { countTasksOf } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { JobStatus } from '../core/slurm/job-state.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { type GpuReport, reportGpus } from './list-gpus.ts';
import { filterInventory } from './list-inventory.ts';
import { takeTurn } from './take-turn.ts';

export const reportSections = ['jobs', 'resources', 'user', 'running'] as const;
export type ReportSection = (typeof reportSections)[number];

export interface ClusterReportRequest {
  readonly target: TargetName;
  readonly sections: readonly ReportSection[];
  readonly partitions: readonly string[];
  /** Whose jobs the section `user` counts; default: the caller's. */
  readonly user: string | undefined;
  /** How far back ends of jobs are counted. */
  readonly timeframeSeconds: number;
}

export interface JobCounts {
  readonly pending: number;
  readonly running: number;
  /** These ended within the time frame. */
  readonly completed: number;
  readonly failed: number;
  readonly timeout: number;
  readonly cancelled: number;
}

/** A part for each section that was asked for. */
export interface ClusterReport {
  /** Epoch ms. */
  readonly at: number;
  readonly cluster: string;
  readonly jobs?: JobCounts;
  readonly resources?: GpuReport;
  readonly user?: JobCounts & { readonly name: string };
  /** What runs, then what waits; longest first. */
  readonly running?: readonly JobObservation[];
  /** Why not all ends are counted, where they were asked for. */
  readonly problem?: string;
}

/** How a cluster stands: at most three questions, whatever the sections. */
export async function reportCluster(context: AppContext, request: ClusterReportRequest): Promise<ClusterReport> {
  const { target, sections, partitions } = request;
  const { signal } = context;
  const cluster = await context.cluster(target);
  const { name, user: self } = await cluster.identity(signal);
  const has = (section: ReportSection) => sections.includes(section);
  const snapshot = await cluster.observe({ scope: 'all', signal });
  const jobs = snapshot.jobs.filter((job) => isIn(job.partition, partitions));
  const user = request.user ?? self;
  const own = jobs.filter((job) => job.user === user);
  const ends = has('jobs') || has('user') ? await findEnds(context, { request, jobs }) : undefined;
  const ownEnds = ends?.endings.filter((end) => end.user === user) ?? [];
  return {
    at: context.now(),
    cluster: name,
    ...(has('jobs') ? { jobs: countJobs(jobs, ends?.endings ?? []) } : {}),
    ...(has('resources') ? { resources: await findResources(context, { request, jobs }) } : {}),
    ...(has('user') ? { user: { name: user, ...countJobs(own, ownEnds) } } : {}),
    ...(has('running') ? { running: longestFirst(jobs) } : {}),
    ...(ends?.problem === undefined ? {} : { problem: ends.problem }),
  };
}

interface Look {
  readonly request: ClusterReportRequest;
  readonly jobs: readonly JobObservation[];
}

/** From the accounting; without one, what the controller still remembers. */
async function findEnds(
  context: AppContext,
  { request, jobs }: Look,
): Promise<{ readonly endings: readonly JobEnding[]; readonly problem?: string }> {
  const { target, partitions, timeframeSeconds } = request;
  const cluster = await context.cluster(target);
  const since = context.now() / 1000 - timeframeSeconds;
  let problem: string | undefined;
  try {
    await takeTurn(context, target);
    const endings = await cluster.slurm?.endings(since, context.signal);
    if (endings !== undefined) return { endings: endings.filter(({ partition }) => isIn(partition, partitions)) };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    problem = error.message;
  }
  const { minJobAgeSeconds } = await cluster.capabilities(context.signal);
  const endings = jobs
    .filter(({ state, endTime = 0 }) => state.terminal && endTime >= since)
    .map(({ state, user = '', partition = '' }) => ({ status: state.status, user, partition }));
  if (minJobAgeSeconds >= timeframeSeconds) return { endings };
  const shortfall = `ends are counted only as far back as they are remembered, ${formatDuration(minJobAgeSeconds)}`;
  return { endings, problem: problem === undefined ? shortfall : `${problem}; ${shortfall}` };
}

async function findResources(context: AppContext, { request, jobs }: Look): Promise<GpuReport> {
  const { target, partitions } = request;
  await takeTurn(context, target);
  const cluster = await context.cluster(target);
  const inventory = await cluster.inventory({ signal: context.signal });
  return reportGpus(filterInventory(inventory, { target, partitions }), jobs);
}

function isIn(partition: string | undefined, names: readonly string[]): boolean {
  return names.length === 0 || (partition ?? '').split(',').some((name) => names.includes(name));
}

/** Every unstarted task of an array counts. */
function countJobs(jobs: readonly JobObservation[], endings: readonly JobEnding[]): JobCounts {
  const of = (status: JobStatus) =>
    jobs.filter(({ state }) => state.status === status).reduce((sum, { jobId }) => sum + countTasksOf(jobId), 0);
  const ended = (status: JobStatus) => endings.filter((end) => end.status === status).length;
  return {
    pending: of('PENDING'),
    running: of('RUNNING'),
    completed: ended('COMPLETED'),
    failed: ended('FAILED'),
    timeout: ended('TIMEOUT'),
    cancelled: ended('CANCELLED'),
  };
}

function longestFirst(jobs: readonly JobObservation[]): readonly JobObservation[] {
  const by = (status: JobStatus) => jobs.filter(({ state }) => state.status === status);
  const running = by('RUNNING').sort((a, b) => (b.elapsedSeconds ?? 0) - (a.elapsedSeconds ?? 0));
  const pending = by('PENDING').sort((a, b) => (a.submitTime ?? 0) - (b.submitTime ?? 0));
  return [...running, ...pending];
}
