import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { AppContext } from './app-context.ts';

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
  readonly state: string;
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

/** Newest first; what is known already moves to the front. A disk that cannot be written only makes completion poorer. */
export function rememberNames(context: Pick<AppContext, 'cacheDir'>, fresh: Partial<NameCache>): void {
  const known = readNames(context);
  const entries = (Object.keys(nothing) as (keyof NameCache)[]).map((key) => [
    key,
    mergeNames<string | { readonly id: string }>(fresh[key] ?? [], known[key]).slice(0, limits[key]),
  ]);
  const path = pathOf(context.cacheDir);
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // Perhaps half of it was written.
    if (existsSync(draft)) rmSync(draft, { force: true });
  }
}

/** Of everything that a listing of jobs shows. */
export function namesOfJobs(jobs: readonly JobObservation[]): Partial<NameCache> {
  const distinct = (value: (job: JobObservation) => string | undefined) => [
    ...new Set(jobs.flatMap((job) => value(job) ?? [])),
  ];
  return {
    jobs: jobs.slice(-limits.jobs).map(({ jobId, name, state }) => ({ id: jobId, name, state: state.status })),
    partitions: [...new Set(distinct(({ partition }) => partition).flatMap((names) => names.split(',')))],
    users: distinct(({ user }) => user),
    accounts: distinct(({ extra }) => extra?.Account),
    qos: distinct(({ extra }) => extra?.QOS),
  };
}

function mergeNames<Item extends string | { readonly id: string }>(
  fresh: readonly Item[],
  known: readonly Item[],
): readonly Item[] {
  const keyOf = (item: Item) => (typeof item === 'string' ? item : item.id);
  const seen = new Set<string>();
  return [...fresh, ...known].filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)));
}

function pathOf(cacheDir: string): string {
  return `${cacheDir}/names.json`;
}
