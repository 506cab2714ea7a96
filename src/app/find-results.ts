import { type Metric, type ParsedMetrics, parseMetrics } from '../core/sweep/metrics.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import type { ResultRow } from '../core/sweep/results.ts';
import { summarizeSweep } from '../core/sweep/sweep-summary.ts';
import { jobsOfRun } from '../store/jobs.ts';
import type { AppContext } from './app-context.ts';
import { requireRun } from './find-run.ts';
import { goneDirectory } from './gone-directory.ts';
import { showRun } from './list-runs.ts';
import { readBesideReceipts } from './read-beside-receipts.ts';
import type { StaleTarget } from './refresh-runs.ts';
import { logTarget } from './run-logs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';

export interface RunResults {
  readonly run: RunStatusView;
  readonly rows: readonly ResultRow[];
  /** Lines of metrics files that are no JSON objects. */
  readonly unreadable: number;
  readonly stale: readonly StaleTarget[];
  /** Why there are no metrics, if the plan directory is gone. */
  readonly problem: string | undefined;
}

/** A run brought up to date, with what its jobs have written into `$SRUNX_METRICS` so far. */
export async function findResults(context: AppContext, id: string | undefined): Promise<RunResults> {
  const { run, stale } = await showRun(context, { id, onlySweeps: true });
  const store = await context.store();
  const shell = context.shell(logTarget(context, requireRun(store, run.id)));
  const place = { directory: run.directory, signal: context.signal, suffix: '.metrics' };
  const texts = await readBesideReceipts(shell, place);
  const written = new Map([...texts].map(([token, text]) => [token, parseMetrics(text)]));
  const tokens = new Map(jobsOfRun(store, run.id).map(({ name, token }) => [name, token]));
  const known = { written, tokenOf: (name: string) => tokens.get(name) };
  return {
    run,
    rows: run.isSweep ? rowsOfCells(run, known) : run.jobs.flatMap((job) => rowsOfJob(job, known)),
    unreadable: [...written.values()].reduce((sum, { unreadable }) => sum + unreadable, 0),
    stale,
    problem: goneDirectory(context, run),
  };
}

interface KnownMetrics {
  readonly written: ReadonlyMap<string, ParsedMetrics>;
  readonly tokenOf: (name: string) => string | undefined;
}

const none: ReadonlyMap<string, Metric> = new Map();

/** The metrics of all jobs of a cell are its own. */
function rowsOfCells(run: RunStatusView, known: KnownMetrics): readonly ResultRow[] {
  const metricsOf = ({ name }: JobStatusView) => known.written.get(known.tokenOf(name) ?? '')?.metrics ?? none;
  const stageOf = ({ name }: JobStatusView) => placeOf(name)?.stage ?? name;
  const writers = new Map<string, Set<string>>();
  for (const job of run.jobs) {
    for (const key of metricsOf(job).keys()) writers.set(key, (writers.get(key) ?? new Set()).add(stageOf(job)));
  }
  // Where several jobs of the workflow write under one name, each keeps its own: neither may hide the other's.
  const nameOf = (key: string, job: JobStatusView) =>
    (writers.get(key)?.size ?? 0) > 1 ? `${stageOf(job)}.${key}` : key;
  return summarizeSweep(run.jobs).cells.map(({ index, status, jobs }) => ({
    index,
    name: undefined,
    values: jobs[0]?.matrix ?? {},
    state: status,
    metrics: new Map(jobs.flatMap((job) => [...metricsOf(job)].map(([key, metric]) => [nameOf(key, job), metric]))),
  }));
}

/** One, or of an array one for each task that wrote something. */
function rowsOfJob({ name, state, matrix }: JobStatusView, { written, tokenOf }: KnownMetrics): readonly ResultRow[] {
  const token = tokenOf(name);
  const row = { index: undefined, name, values: matrix ?? {}, state };
  const tasks = [...written].flatMap(([key, { metrics }]) => {
    const task = token !== undefined && key.startsWith(`${token}.`) ? key.slice(token.length + 1) : '';
    return /^\d+$/.test(task) ? [{ task: Number(task), metrics }] : [];
  });
  if (tasks.length === 0) return [{ ...row, metrics: written.get(token ?? '')?.metrics ?? none }];
  return tasks
    .sort((a, b) => a.task - b.task)
    .map(({ task, metrics }) => ({ ...row, name: `${name}[${task}]`, metrics }));
}
