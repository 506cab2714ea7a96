import { NotFoundError, SrunxError } from '../core/errors.ts';
import { stopsOthers } from '../core/workflow/error-strategy.ts';
import type { Plan, PlannedJob } from '../core/workflow/plan.ts';
import { type RunDescription, userScriptPath } from '../engine/describe-run.ts';
import { readWholeFile } from '../engine/read-whole-file.ts';
import { readStoredRun } from '../engine/run-description.ts';
import { readStoredPlan } from '../engine/stored-plan.ts';
import { listHistory } from '../store/history.ts';
import { clusterOf, type RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { requireJobsNamed } from './choose-run-jobs.ts';
import { currentRow, findRunNamed } from './find-run.ts';
import { goneDirectory } from './gone-directory.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { parseExports, readExports } from './read-exports.ts';
import { refreshRun, type StaleTarget } from './refresh-runs.ts';
import { verdictOf } from './require-submitted.ts';
import { logTarget } from './run-logs.ts';
import { type RunStatusView, viewRun } from './run-status-view.ts';

/** A run as it was planned and handed over. */
export interface RunRecord {
  readonly run: RunStatusView;
  readonly cluster: string;
  readonly description: RunDescription;
  /** What had to stay alive for it to finish. */
  readonly verdict: string;
  readonly jobs: readonly JobRecord[];
  readonly stale: readonly StaleTarget[];
  /** Why the whole plan is not known, if so: then it is not known either what jobs do about their failures. */
  readonly problem: string | undefined;
}

export interface JobRecord {
  readonly entry: HistoryEntry;
  /** Absent where the whole plan is not known. */
  readonly planned: PlannedJob | undefined;
  /** What it has written for others when it ran. */
  readonly exports: Readonly<Record<string, string>>;
}

/** All that was decided of a run before it began, from its plan directory. */
export async function showPlan(context: AppContext, word: string | undefined): Promise<RunRecord> {
  const { row, stale } = await find(context, word);
  const store = await context.store();
  const description = readStoredRun(row.plan);
  const run = viewRun(store, row);
  const { plan, problem } = await readPlan(context, row);
  const exports = await readExports(context.shell(logTarget(context, row)), { ...row, signal: context.signal });
  const planned = new Map(plan?.jobs.map((job) => [job.name, job]));
  const rows = listHistory(store, { runId: row.id }).sort((a, b) => a.ordinal - b.ordinal);
  const entries = createEntries(rows, { store, now: context.now(), isStale: () => stale.length > 0 });
  const stops = description.jobs.some(({ onError }) => stopsOthers(onError));
  return {
    run,
    cluster: clusterOf(store, row.clusterId)?.name ?? description.cluster.name,
    description,
    verdict: verdictOf(description.cluster.kind === 'embedded' ? 'embedded' : 'local', {
      stops,
      failsFast: description.sweep?.failFast !== undefined,
      because: description.driven,
    }),
    jobs: entries.map((entry) => ({
      entry,
      planned: planned.get(entry.name),
      exports: parseExports(exports.get(entry.token) ?? ''),
    })),
    stale,
    problem: problem === undefined ? undefined : (goneDirectory(context, run) ?? problem),
  };
}

async function find(context: AppContext, word: string | undefined) {
  const found = await findRunNamed(context, word);
  const stale = [...found.stale, ...(await refreshRun(context, found.run))];
  return { row: currentRow(await context.store(), found.run), stale };
}

/** It is for its owner alone, and older versions wrote none. */
async function readPlan(
  context: AppContext,
  row: RunRow,
): Promise<{ readonly plan?: Plan; readonly problem: string | undefined }> {
  try {
    const cluster = await context.cluster(logTarget(context, row));
    const { directory } = row;
    return { plan: await readStoredPlan({ cluster, directory, signal: context.signal }), problem: undefined };
  } catch (error) {
    if (!(error instanceof SrunxError) || error.kind === 'bug') throw error;
    return { problem: error.message };
  }
}

export interface PlanFile {
  readonly job: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Far more than anybody writes. */
const maxBytes = 64 * 1024 * 1024;

/** The script of a job as its user wrote it, or what was submitted in its place. Byte for byte as they were handed over. */
export async function readPlanFile(
  context: AppContext,
  {
    word,
    job: name,
    kind,
  }: { readonly word: string | undefined; readonly job: string; readonly kind: 'script' | 'wrapper' },
): Promise<PlanFile> {
  const { run: row } = await findRunNamed(context, word);
  const { jobs } = readStoredRun(row.plan);
  const exact = jobs.find((job) => job.name === name);
  const [job] = exact === undefined ? requireJobsNamed({ id: row.id, jobs }, [name]) : [exact];
  if (job === undefined || job.name !== name) {
    throw new NotFoundError(`\`${name}\` is not one job of run ${row.id}`, {
      code: 'run.no_job',
      hint: `Name one, such as ${job?.name ?? jobs[0]?.name}.`,
    });
  }
  if (kind === 'wrapper' && !job.wrapped) {
    throw new NotFoundError(`job \`${name}\` has no wrapper: its script was submitted as it is`, {
      code: 'run.no_wrapper',
      hint: `Use --script ${name}.`,
    });
  }
  const path = kind === 'script' ? userScriptPath(row.directory, job) : `${row.directory}/${job.token}.sh`;
  const shell = context.shell(logTarget(context, row));
  const bytes = await readWholeFile(shell, { path, maxBytes, signal: context.signal });
  if (bytes !== undefined) return { job: name, path, bytes };
  throw new NotFoundError(`there is no ${path} on ${shell.name}`, {
    code: 'run.no_script',
    hint: `The plan directory was removed. \`srunx history show ${row.id}/${name}\` has what was kept of the script.`,
  });
}
