import { ConnectionError, SrunxError } from '../core/errors.ts';
import { type ErrorGroup, groupErrors, type LogEnd } from '../core/workflow/group-errors.ts';
import { isFailure } from '../core/workflow/run-state.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { findRun, type RunRow } from '../store/runs.ts';
import type { AppContext } from './app-context.ts';
import { findLogs, type JobLog } from './find-logs.ts';
import { readEnds } from './read-ends.ts';
import { logsRequest, logTarget } from './run-logs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';

/** Jobs of a run that went wrong in the same way, and say so in the same words. */
export interface RunError {
  readonly state: JobStatusView['state'];
  /** `exit 1`, `signal 9`, `oom`; absent where the state says it all. */
  readonly why: string | undefined;
  readonly ignored: boolean;
  /** Of an array whose tasks differ, the tasks. */
  readonly jobs: readonly string[];
  /** What their logs say last, as far as they agree; Slurm's words where it refused them. */
  readonly lines: readonly string[];
  /** Of many jobs, some are looked at. */
  readonly logsRead: number;
}

export interface RunErrors {
  readonly errors: readonly RunError[];
  /** Why no log could be read, if so. */
  readonly problem: string | undefined;
}

/** So many logs are looked at of jobs that are alike. */
const mostRead = 5;

/** So many kinds of jobs: what else there is would not be read either. */
const mostSets = 20;

/**
 * What went wrong in a run. The ends of logs are read only where something did, a few of each kind, all of them with one command;
 * only of failed arrays somebody has to be asked which of their tasks it was.
 */
export async function findRunErrors(context: AppContext, run: RunStatusView): Promise<RunErrors> {
  const failed = run.jobs.filter(({ state }) => isFailure(state) || state === 'refused');
  if (failed.length === 0) return { errors: [], problem: undefined };
  const sets = [...Map.groupBy(failed, (job) => JSON.stringify([howOf(job), familyOf(job)])).values()];
  const row = findRun(await context.store(), run.id);
  const { ends, problem } = await endsOf(context, { row, groups: sets.slice(0, mostSets) });
  const groups = groupErrors(
    sets.map((jobs, index) => ({
      how: jobs[0] === undefined ? '' : howOf(jobs[0]),
      jobs: jobs.map(({ name }) => name),
      ends: [...jobs.flatMap(refusalOf), ...(ends[index] ?? [])],
    })),
  );
  return { errors: groups.map(toRunError), problem };
}

type How = readonly [state: RunError['state'], why: string | null, ignored: boolean];

function howOf(job: JobStatusView): string {
  return JSON.stringify([job.state, whyOf(job) ?? null, job.ignored] satisfies How);
}

function toRunError({ how, jobs, lines, logsRead }: ErrorGroup): RunError {
  const [state, why, ignored] = JSON.parse(how) as How;
  return { state, why: why ?? undefined, ignored, jobs, lines, logsRead };
}

/** Jobs of one matrix, those of all cells, and an array by itself, mostly fail for one reason. */
function familyOf({ name, matrix, tasks }: JobStatusView): string {
  if (tasks !== undefined) return name;
  return matrix === undefined ? '' : name.replace(/(?:#|-)\d+$/, '');
}

function refusalOf({ name, state, reason = '' }: JobStatusView): LogEnd[] {
  return state === 'refused' ? [{ job: name, lines: reason.split('\n') }] : [];
}

function whyOf({ state, reason, exitCode = 0, exitSignal = 0 }: JobStatusView): string | undefined {
  if (state !== 'failed') return undefined;
  if (reason === 'exit' && exitCode !== 0) return `exit ${exitCode}`;
  if (reason === 'signal' && exitSignal !== 0) return `signal ${exitSignal}`;
  return reason;
}

interface EndsRequest {
  readonly row: RunRow | undefined;
  readonly groups: readonly (readonly JobStatusView[])[];
}

/** Of each group, the ends of some logs. */
async function endsOf(
  context: AppContext,
  { row, groups }: EndsRequest,
): Promise<{ readonly ends: readonly (readonly LogEnd[])[]; readonly problem: string | undefined }> {
  if (row === undefined) return { ends: [], problem: undefined };
  const target = logTarget(context, row);
  try {
    const rows = jobsOfRun(await context.store(), row.id);
    const chosen = groups.map((jobs) => spread(jobs.flatMap(({ jobId }) => jobId ?? [])));
    const { request, nameOf } = logsRequest({ row, rows, jobIds: chosen.flat(), onlyFailed: true, target });
    const logs = request.jobIds.length === 0 ? [] : await findLogs(context, request);
    const baseOf = ({ jobId }: JobLog) => jobId.replace(/_.*/, '');
    const picked = chosen.map((ids) =>
      spread(logs.filter((log) => ids.includes(log.jobId) || ids.includes(baseOf(log)))),
    );
    const { signal, randomBytes } = context;
    const texts = await readEnds({ shell: context.shell(target), logs: picked.flat(), signal, randomBytes });
    const ends = picked.map((some) =>
      some.map((log) => ({ job: nameOf(log.jobId) ?? log.jobId, lines: texts.get(log.jobId) ?? [] })),
    );
    return { ends, problem: undefined };
  } catch (error) {
    // The state of the run is known all the same; of a cluster that is silent, that was said already.
    if (!(error instanceof SrunxError) || error.kind === 'bug') throw error;
    return { ends: [], problem: error instanceof ConnectionError ? undefined : error.message };
  }
}

/** From the first to the last of them. */
function spread<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= mostRead) return items;
  const step = (items.length - 1) / (mostRead - 1);
  return Array.from({ length: mostRead }, (_, index) => items[Math.round(index * step)]).flatMap((item) => item ?? []);
}
