import type { AccountingListQuery } from '../../core/slurm/accounting-query.ts';
import type { AccountingRecord } from '../../core/slurm/accounting-record.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { fitsLook } from '../../core/slurm/look-script.ts';
import { matchesJobId } from '../../core/slurm/match-job-id.ts';
import type { ObserveQuery } from '../cluster.ts';
import { accountingQuestion, listAccounting } from './list-accounting.ts';
import { observeJobs, queueQuestion } from './observe-jobs.ts';
import type { SlurmClient } from './slurm-client.ts';

interface JobQuestion {
  readonly jobId: string;
  readonly extra: ObserveQuery['extra'];
  /** What the accounting is asked for where the controller does not know the job as one that has not ended. */
  readonly accounting: AccountingListQuery;
  readonly signal: AbortSignal;
}

export interface FoundJob {
  readonly rows: readonly JobObservation[];
  readonly records: readonly AccountingRecord[];
}

/**
 * One job, from the controller and, where it is over, from the accounting: one execution, because to another machine each question is a round
 * trip. A source that fails is told of, and the other one is read all the same.
 */
export async function lookForJob(
  client: SlurmClient,
  question: JobQuestion,
  onFailure: (error: unknown) => void,
): Promise<FoundJob> {
  const { jobId, extra, signal } = question;
  const own = queueQuestion(client, { scope: 'me', extra });
  const all = queueQuestion(client, { scope: 'all', extra });
  const accounting = accountingQuestion(client, question.accounting, { extra: [] });
  const read = <Value>(work: () => Iterable<Value>): readonly Value[] => {
    try {
      return [...work()];
    } catch (error) {
      onFailure(error);
      return [];
    }
  };
  const next = { over: [accounting.argv], absent: [accounting.argv, all.argv], silent: [accounting.argv] };
  const look = { look: own.argv, fieldMark: own.fieldMark, jobIds: [jobId], next };
  const nothing = (error: unknown) => {
    onFailure(error);
    return undefined;
  };
  const answers = fitsLook([jobId]) ? await client.goOn(look, signal).catch(nothing) : [];
  if (answers === undefined) return { rows: [], records: [] };
  const [seen, told, others] = answers;
  if (seen === undefined) return lookStepByStep(client, question, onFailure);
  const ofJob = (rows: readonly JobObservation[]) => rows.filter((row) => matchesJobId(row, jobId));
  const mine = read(() => ofJob(own.read(seen).jobs));
  return {
    rows: mine.length > 0 || others === undefined ? mine : read(() => ofJob(all.read(others).jobs)),
    records: told === undefined ? [] : read(() => accounting.read(told)),
  };
}

/** For sets of tasks. */
async function lookStepByStep(
  client: SlurmClient,
  { jobId, extra, accounting, signal }: JobQuestion,
  onFailure: (error: unknown) => void,
): Promise<FoundJob> {
  const rowsIn = async (scope: 'me' | 'all') => {
    const { jobs } = await observeJobs(client, { scope, extra, signal });
    return jobs.filter((row) => matchesJobId(row, jobId));
  };
  const nothing = (error: unknown) => {
    onFailure(error);
    return [];
  };
  const find = async () => {
    const own = await rowsIn('me');
    return own.length > 0 ? own : rowsIn('all');
  };
  const rows = await find().catch(nothing);
  const isOver = rows.every(({ state }) => state.terminal);
  const records = isOver ? await listAccounting(client, accounting, { extra: [], signal }).catch(nothing) : [];
  return { rows, records };
}
