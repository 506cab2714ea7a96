import { listAccounting } from '../cluster/slurm/list-accounting.ts';
import { ConnectionError, NotFoundError, StorageError, UsageError } from '../core/errors.ts';
import { type AccountingListQuery, allTimes } from '../core/slurm/accounting-query.ts';
import type { AccountingRecord } from '../core/slurm/accounting-record.ts';
import { type Efficiency, groupSteps, measureEfficiency } from '../core/slurm/efficiency.ts';
import { membershipOf } from '../core/slurm/job-id.ts';
import type { JobObservation } from '../core/slurm/job-observation.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import { type SqueueExtra, squeueExtras } from '../core/slurm/squeue-extras.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { findHistory } from './find-history.ts';
import { createEntries, type HistoryEntry } from './history-entry.ts';
import { byId } from './list-queue.ts';
import { isRecorded } from './recorded-job.ts';
import { slurmClient } from './slurm-client.ts';

/** What the accounting has of a job. */
export interface AccountedJob {
  readonly job: AccountingRecord;
  readonly steps: readonly AccountingRecord[];
  readonly efficiency: Efficiency;
}

/** Everything that can be found out about a job. */
export interface ShownJob {
  readonly jobId: string;
  /** Of the controller while it remembers the job (of the embedded runner: as long as that does); several for an array. */
  readonly rows: readonly JobObservation[];
  /** Of jobs that have ended. */
  readonly accounted: readonly AccountedJob[];
  /** Where srunx has submitted it. */
  readonly entry: HistoryEntry | undefined;
  /** Sources that did not answer, and so may have known more. */
  readonly problems: readonly string[];
}

interface ShowRequest {
  readonly target: TargetName;
  readonly jobId: string;
}

/** Asks the controller, then the accounting where the job has ended, and what srunx wrote down. Throws where nobody knows it. */
export async function showJob(context: AppContext, request: ShowRequest): Promise<ShownJob> {
  const problems: string[] = [];
  const tolerate = (error: unknown) => {
    if (!(error instanceof ConnectionError) && !isAbsence(error)) throw error;
    if (error instanceof ConnectionError) problems.push(error.message);
    return [];
  };
  const rows = await controllerRows(context, request).catch(tolerate);
  const isOver = rows.every(({ state }) => state.terminal);
  const records = isOver ? await recordsOf(context, request, rows).catch(tolerate) : [];
  const accounted = records.map((usage) => ({ ...usage, efficiency: measureEfficiency(usage) })).sort(byTask);
  const entry = await entryOf(context, request, rows[0] ?? accounted[0]?.job);
  if (rows.length === 0 && accounted.length === 0 && entry === undefined) throw unknownJob(request, problems);
  return { jobId: request.jobId, rows, accounted, entry, problems };
}

function byTask(a: AccountedJob, b: AccountedJob): number {
  const placeOf = ({ job }: AccountedJob) => ({ ...membershipOf(job.jobId), rawId: job.rawId });
  return byId(placeOf(a), placeOf(b));
}

/** A site without accounting, or with a record that has gone. */
function isAbsence(error: unknown): boolean {
  return error instanceof NotFoundError;
}

const everyExtra = Object.keys(squeueExtras) as readonly SqueueExtra[];

async function controllerRows(context: AppContext, { target, jobId }: ShowRequest): Promise<readonly JobObservation[]> {
  const cluster = await context.cluster(target);
  for (const scope of ['me', 'all'] as const) {
    const { jobs } = await cluster.observe({ scope, extra: everyExtra, signal: context.signal });
    const rows = jobs.filter((job) => matchesJobId(job, jobId));
    if (rows.length > 0) return rows.sort(byId);
  }
  if (target !== 'embedded') return [];
  const records = await cluster.accounting({ jobIds: [jobId], since: 0, signal: context.signal });
  return records.filter((job) => matchesJobId(job, jobId)).sort(byId);
}

/** With -D: an id that was used twice has several records, of which the newest is meant. */
async function recordsOf(context: AppContext, { target, jobId }: ShowRequest, rows: readonly JobObservation[]) {
  if (target === 'embedded') return [];
  const client = slurmClient(context, { target, what: 'the accounting is a part of Slurm' });
  const query: AccountingListQuery = {
    ...{ jobIds: [jobId.replace(/_\[.*$/, '')], users: [], allUsers: false, partitions: [], accounts: [], qos: [] },
    ...{ names: [], nodes: undefined, start: allTimes, end: undefined, states: [], steps: true, duplicates: false },
    ...{ allClusters: false, timeLimitMin: undefined, timeLimitMax: undefined, words: [] },
  };
  const records = await listAccounting(client, query, { extra: [], signal: context.signal });
  const isNewer = ({ submitTime = 0 }: AccountingRecord) => rows.every((row) => (row.submitTime ?? 0) <= submitTime);
  return groupSteps(records).filter(({ job }) => matchesJobId(job, jobId) && isNewer(job));
}

/** What srunx wrote down of this very job, not of another that had the same number. */
async function entryOf(
  context: AppContext,
  { target, jobId }: ShowRequest,
  row: JobObservation | AccountingRecord | undefined,
): Promise<HistoryEntry | undefined> {
  try {
    const rows = await findHistory(context, { word: jobId, target });
    const store = await context.store();
    const [entry] = createEntries(rows, { store, now: context.now(), isStale: () => false });
    if (entry === undefined || row === undefined) return entry;
    const seen = 'source' in row ? row : { source: 'accounting' as const, ...row };
    return isRecorded({ token: entry.token, createdAt: entry.submittedAt }, seen) ? entry : undefined;
  } catch (error) {
    // A job of somebody else, or a store that cannot be read, must not keep anybody from seeing what the cluster knows.
    if (error instanceof NotFoundError || error instanceof StorageError || error instanceof UsageError)
      return undefined;
    throw error;
  }
}

function unknownJob({ target, jobId }: ShowRequest, problems: readonly string[]): NotFoundError | ConnectionError {
  if (problems.length > 0) {
    return new ConnectionError(`nothing can be found out about job ${jobId} on ${target} now`, {
      code: 'slurm.unanswered',
      detail: problems.join('\n'),
      hint: 'Try again in a minute.',
    });
  }
  return new NotFoundError(`no job ${jobId} is known on ${target}`, {
    code: 'job.not_found',
    hint: 'List jobs with `srunx squeue`, those of the past with `srunx sacct` and `srunx history`.',
  });
}
