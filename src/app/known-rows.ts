import { ConnectionError } from '../core/errors.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import type { SqueueExtra } from '../core/slurm/squeue-extras.ts';
import type { AppContext, TargetName } from './app-context.ts';
import type { RecordedJob } from './recorded-job.ts';
import { wantedJobs } from './wanted-jobs.ts';

export interface KnownRows {
  /** The rows about each id; empty where nobody knows it. */
  readonly rowsOf: (jobId: string) => readonly JobObservation[];
  /** Why the controller could not be asked, so that the rows may be old. */
  readonly problem?: string | undefined;
}

export interface KnownRowsRequest {
  readonly target: TargetName;
  readonly jobIds: readonly string[];
  /** What srunx remembers of them: enough where a source does not answer. */
  readonly recordOf: (jobId: string) => RecordedJob | undefined;
  readonly extra?: readonly SqueueExtra[] | undefined;
  /** Of arrays, also the tasks that the controller has forgotten: asks the accounting in any case. */
  readonly isWhole?: boolean | undefined;
  /** They have all ended: the accounting is asked first, and the controller only where that does not know them all. */
  readonly haveEnded?: boolean | undefined;
}

/**
 * What is known of some jobs, whatever their number from one question to the controller: about our own jobs first; the whole
 * table, then the accounting, only for ids that are not among them.
 */
export async function findKnownRows(context: AppContext, request: KnownRowsRequest): Promise<KnownRows> {
  const { jobIds, recordOf, isWhole = false, haveEnded = false } = request;
  const wanted = wantedJobs(jobIds);
  if (haveEnded) {
    const found = rowsById(wanted, await endedRecords(context, request, jobIds));
    // Of an array whose end is news, the accounting may not have heard of every task.
    const isKnown = (id: string) => found.rowsOf(id).length >= (recordOf(id)?.observation?.tasks?.total ?? 1);
    if (jobIds.every(isKnown)) return found;
  }
  const remembered = (ids: readonly string[]) => ids.flatMap((id) => recordOf(id)?.observation ?? []);
  const current = await currentRows(context, request);
  if (current.problem !== undefined) return { ...rowsById(wanted, remembered(jobIds)), problem: current.problem };
  const absent = wanted.absentFrom(current.rows);
  const asked = isWhole ? jobIds : absent;
  if (asked.length === 0) return rowsById(wanted, current.rows);
  const records = await endedRecords(context, request, asked);
  const known = new Set(current.rows.map(({ jobId }) => jobId));
  const rows = [...current.rows, ...records.filter(({ jobId }) => !known.has(jobId))];
  // What the controller does not know is over, even where the accounting has not heard of the end.
  const ended = remembered(wanted.absentFrom(rows)).filter(({ state }) => state.terminal);
  return rowsById(wanted, [...rows, ...ended]);
}

interface CurrentRows {
  readonly rows: readonly JobObservation[];
  readonly problem?: string;
}

async function currentRows(context: AppContext, request: KnownRowsRequest): Promise<CurrentRows> {
  const { target, jobIds, extra } = request;
  const wanted = wantedJobs(jobIds);
  const cluster = await context.cluster(target);
  try {
    for (const scope of ['me', 'all'] as const) {
      const { jobs } = await cluster.observe({ scope, extra, signal: context.signal });
      const rows = jobs.filter((row) => wanted.idsOf(row).length > 0);
      if (scope === 'all' || wanted.absentFrom(rows).length === 0) return { rows };
    }
    return { rows: [] };
  } catch (error) {
    if (!(error instanceof ConnectionError) || !areAllRecorded(request, jobIds)) throw error;
    return { rows: [], problem: error.message };
  }
}

async function endedRecords(
  context: AppContext,
  request: KnownRowsRequest,
  jobIds: readonly string[],
): Promise<readonly JobObservation[]> {
  const wanted = wantedJobs(jobIds);
  const cluster = await context.cluster(request.target);
  try {
    const records = await cluster.accounting({ jobIds, since: 0, signal: context.signal });
    return records.filter((row) => row.state.terminal && wanted.idsOf(row).length > 0);
  } catch (error) {
    if (!(error instanceof ConnectionError) || !areAllRecorded(request, jobIds)) throw error;
    return [];
  }
}

function areAllRecorded({ recordOf }: KnownRowsRequest, jobIds: readonly string[]): boolean {
  return jobIds.every((id) => recordOf(id) !== undefined);
}

function rowsById(wanted: ReturnType<typeof wantedJobs>, rows: readonly JobObservation[]): KnownRows {
  const byId = new Map<string, JobObservation[]>();
  for (const row of rows) {
    for (const id of wanted.idsOf(row)) {
      const list = byId.get(id);
      if (list === undefined) byId.set(id, [row]);
      else list.push(row);
    }
  }
  return { rowsOf: (jobId) => byId.get(jobId) ?? [] };
}
