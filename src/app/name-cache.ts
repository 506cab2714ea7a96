import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import { accountName } from '../shell/account-name.ts';
import { makeDirectory } from '../shell/disk.ts';
import type { AppContext, TargetName } from './app-context.ts';

/**
 * Names that commands came across, for completion at the prompt: it must answer at once, so it never asks a cluster and
 * never waits for the database. May be stale, may be deleted.
 */
export interface NameCache {
  readonly jobs: readonly NamedJob[];
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  readonly partitions: readonly string[];
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  readonly qos: readonly string[];
  readonly nodes: readonly string[];
}

export interface NamedJob {
  readonly id: string;
  readonly name: string;
  /** Empty where it is not in the queue any more. */
  readonly state: string;
  /** Whose queue it was seen in; absent in what older versions wrote. */
  readonly target?: string;
  /** Absent of what was submitted here: it is the account's own. */
  readonly user?: string | undefined;
}

const nothing: NameCache = { jobs: [], runs: [], partitions: [], users: [], accounts: [], qos: [], nodes: [] };

/** More would not be read by anybody who presses Tab. */
const limits: Readonly<Record<keyof NameCache, number>> = {
  ...{ jobs: 300, runs: 100, partitions: 300, users: 300, accounts: 300, qos: 100, nodes: 2_000 },
};

export function readNames({ cacheDir }: Pick<AppContext, 'cacheDir'>): NameCache {
  try {
    const read = JSON.parse(readFileSync(pathOf(cacheDir), 'utf8')) as Partial<NameCache>;
    const entries = Object.keys(nothing).map((key) => [key, read[key as keyof NameCache]]);
    return { ...nothing, ...Object.fromEntries(entries.filter(([, value]) => Array.isArray(value))) };
  } catch {
    // Absent or damaged: there is nothing to offer, and nothing is lost.
    return nothing;
  }
}

/** A queue of which all jobs are given: what else was known of it is over. */
export interface WholeQueue {
  readonly target: TargetName;
  /** The account's own part of it. */
  readonly mine: boolean;
}

/** Newest first; what is known already moves to the front. */
export function rememberNames(
  context: Pick<AppContext, 'cacheDir'>,
  fresh: Partial<NameCache>,
  queue?: WholeQueue,
): void {
  const read = readNames(context);
  const own = queue?.mine === true ? (fresh.jobs?.[0]?.user ?? accountName()) : undefined;
  const isGone = ({ target, user }: NamedJob) =>
    queue !== undefined &&
    (target === undefined || target === queue.target) &&
    (!queue.mine || user === undefined || user === own);
  write(context, fresh, { ...read, jobs: read.jobs.flatMap((job) => (isGone(job) ? ended(job) : [job])) });
}

/** Of jobs, arrays and tasks that were cancelled. */
export function rememberEnded(
  context: Pick<AppContext, 'cacheDir'>,
  { target, jobIds }: { readonly target: TargetName; readonly jobIds: readonly string[] },
): void {
  const read = readNames(context);
  const isGone = (job: NamedJob) =>
    (job.target === undefined || job.target === target) &&
    jobIds.some((id) => matchesJobId({ jobId: job.id, rawId: job.id }, id));
  write(context, {}, { ...read, jobs: read.jobs.flatMap((job) => (isGone(job) ? ended(job) : [job])) });
}

/** A disk that cannot be written only makes completion poorer. */
function write({ cacheDir }: Pick<AppContext, 'cacheDir'>, fresh: Partial<NameCache>, known: NameCache): void {
  const entries = (Object.keys(nothing) as (keyof NameCache)[]).map((key) => [
    key,
    mergeNames<string | NameCache['runs'][number] | NamedJob>(fresh[key] ?? [], known[key]).slice(0, limits[key]),
  ]);
  const path = pathOf(cacheDir);
  const draft = `${path}.${process.pid}`;
  try {
    makeDirectory(dirname(path), 0o700);
    writeFileSync(draft, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // Perhaps half of it was written.
    if (existsSync(draft)) rmSync(draft, { force: true });
  }
}

/** Logs and records of a job that is over are still asked for; sets of tasks are only what a queue looked like once. */
function ended(job: NamedJob): readonly NamedJob[] {
  return job.id.includes('[') ? [] : [{ ...job, state: '' }];
}

/** Of everything that a listing of jobs shows. */
export function namesOfJobs(jobs: readonly JobObservation[], target: TargetName): Partial<NameCache> {
  const distinct = (value: (job: JobObservation) => string | undefined) => [
    ...new Set(jobs.flatMap((job) => value(job) ?? [])),
  ];
  return {
    jobs: jobs.slice(-limits.jobs).map(({ jobId, name, state, user }) => ({
      id: jobId,
      name,
      state: state.terminal ? '' : state.status,
      target,
      user,
    })),
    partitions: [...new Set(distinct(({ partition }) => partition).flatMap((names) => names.split(',')))],
    users: distinct(({ user }) => user),
    accounts: distinct(({ extra }) => extra?.Account),
    qos: distinct(({ extra }) => extra?.QOS),
  };
}

/** Two targets may have jobs of the same number. */
function mergeNames<Item extends string | { readonly id: string; readonly target?: string }>(
  fresh: readonly Item[],
  known: readonly Item[],
): readonly Item[] {
  const keyOf = (item: Item) => (typeof item === 'string' ? item : `${item.id} ${item.target ?? ''}`);
  const seen = new Set<string>();
  return [...fresh, ...known].filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)));
}

function pathOf(cacheDir: string): string {
  return `${cacheDir}/names.json`;
}
