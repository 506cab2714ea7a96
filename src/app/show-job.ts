import { lookForJob } from '../cluster/slurm/look-for-job.ts';
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

/** Asks the controller, and the accounting where the job has ended, and what srunx wrote down. Throws where nobody knows it. */
export async function showJob(context: AppContext, request: ShowRequest): Promise<ShownJob> {
  const problems: string[] = [];
  const tolerate = (error: unknown) => {
    if (!(error instanceof ConnectionError) && !isAbsence(error)) throw error;
    if (error instanceof ConnectionError) problems.push(error.message);
  };
  const { rows, records } = await askCluster(context, request, tolerate);
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

interface Known {
  readonly rows: readonly JobObservation[];
  readonly records: ReturnType<typeof groupSteps>;
}

async function askCluster(
  context: AppContext,
  { target, jobId }: ShowRequest,
  tolerate: (error: unknown) => void,
): Promise<Known> {
  const nothing = (error: unknown) => {
    tolerate(error);
    return [];
  };
  if (target === 'embedded') return { rows: await embeddedRows(context, jobId).catch(nothing), records: [] };
  const client = slurmClient(context, { target, what: 'the accounting is a part of Slurm' });
  const accounting: AccountingListQuery = {
    ...{ jobIds: [jobId.replace(/_\[.*$/, '')], users: [], allUsers: false, partitions: [], accounts: [], qos: [] },
    ...{ names: [], nodes: undefined, start: allTimes, end: undefined, states: [], steps: true, duplicates: false },
    ...{ allClusters: false, timeLimitMin: undefined, timeLimitMax: undefined, words: [] },
  };
  const question = { jobId, extra: everyExtra, accounting, signal: context.signal };
  const found = await lookForJob(client, question, tolerate);
  const rows = [...found.rows].sort(byId);
  // Of an id that was used twice, the newest is meant; and what the controller has of one that has not ended is newer than any record.
  const isOver = rows.every(({ state }) => state.terminal);
  const isNewer = ({ submitTime = 0 }: AccountingRecord) => rows.every((row) => (row.submitTime ?? 0) <= submitTime);
  const records = groupSteps(found.records).filter(({ job }) => matchesJobId(job, jobId) && isNewer(job));
  return { rows, records: isOver ? records : [] };
}

async function embeddedRows(context: AppContext, jobId: string): Promise<readonly JobObservation[]> {
  const { signal } = context;
  const cluster = await context.cluster('embedded');
  const ofJob = (rows: readonly JobObservation[]) => rows.filter((row) => matchesJobId(row, jobId)).sort(byId);
  const rows = ofJob((await cluster.observe({ scope: 'all', extra: everyExtra, signal })).jobs);
  return rows.length > 0 ? rows : ofJob(await cluster.accounting({ jobIds: [jobId], since: 0, signal }));
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
