import { listAccounting as askAccounting } from '../cluster/slurm/list-accounting.ts';
import { NotFoundError } from '../core/errors.ts';
import { type AccountingListQuery, allTimes, selectableStates } from '../core/slurm/accounting-query.ts';
import type { AccountingRecord } from '../core/slurm/accounting-record.ts';
import { type Efficiency, groupSteps, measureEfficiency } from '../core/slurm/efficiency.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import { findStateName, isJobStatus } from '../core/slurm/job-state.ts';
import { matchesJobId } from '../core/slurm/match-job-id.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { slurmClient } from './slurm-client.ts';

export interface AccountingFilter extends Omit<AccountingListQuery, 'start' | 'states'> {
  readonly target: TargetName;
  /** `undefined`: the last day, or all times for jobs that are named. */
  readonly start: string | undefined;
  /** From `parseStates`. */
  readonly states: readonly string[];
  /** How well each job used what it was given. */
  readonly efficiency: boolean;
  /** Further columns of sacct's. */
  readonly extra: readonly string[];
}

export interface AccountingRow {
  readonly record: AccountingRecord;
  /** Only of allocations, and only where it was asked for. */
  readonly efficiency?: Efficiency | undefined;
}

export interface AccountingList {
  readonly rows: readonly AccountingRow[];
  /** Ids that were asked for and have no record. */
  readonly absent: readonly string[];
  /** The times between which was looked, in Slurm's words, where the user left them open. */
  readonly window: { readonly start: string; readonly end: string } | undefined;
}

const usualWindow = { start: 'now-1day', end: 'now' };

/** What the accounting says, with one question for all of it. */
export async function listAccounting(context: AppContext, filter: AccountingFilter): Promise<AccountingList> {
  if (filter.target === 'embedded') throw noAccounting('the embedded runner keeps no accounting', undefined);
  const client = slurmClient(context, { target: filter.target, what: '`sacct` is a question to Slurm' });
  const isOpen = filter.start === undefined && filter.jobIds.length === 0;
  const query = queryOf(filter);
  try {
    const records = await askAccounting(client, query, { extra: filter.extra, signal: context.signal });
    const rows = rowsOf(byJob(records), filter);
    return {
      rows,
      absent: filter.states.length > 0 ? [] : absentIds(rows, filter.jobIds),
      window: isOpen ? { ...usualWindow, end: query.end ?? usualWindow.end } : undefined,
    };
  } catch (error) {
    if (error instanceof NotFoundError && error.code === 'slurm.accounting_absent')
      throw noAccounting(error.message, error);
    throw error;
  }
}

function queryOf(filter: AccountingFilter): AccountingListQuery {
  const { jobIds, start, end, states } = filter;
  const steps = filter.steps || filter.efficiency || jobIds.some((id) => parseJobId(id)?.step !== undefined);
  const first = start ?? (jobIds.length > 0 ? allTimes : usualWindow.start);
  return {
    ...filter,
    // An array's own id lists all its tasks.
    jobIds: [...new Set(jobIds.map((id) => id.replace(/_\[.*$/, '')))],
    steps,
    start: first,
    // With a state alone, both times would be "now", and what has ended would be left out.
    end: end ?? (states.length > 0 || (start === undefined && jobIds.length === 0) ? usualWindow.end : undefined),
    states: filter.efficiency ? [] : selectableStates(states.flatMap(slurmStates)),
  };
}

/** A status stands for all that is shown under it, as everywhere in srunx. */
function slurmStates(state: string): readonly string[] {
  return statesUnder[state] ?? [state];
}

const statesUnder: Readonly<Record<string, readonly string[]>> = {
  FAILED: ['FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'BOOT_FAIL', 'DEADLINE'],
  CANCELLED: ['CANCELLED', 'REVOKED'],
  PENDING: ['PENDING', 'REQUEUED'],
  RUNNING: ['RUNNING', 'SUSPENDED', 'RESIZING'],
};

function rowsOf(records: readonly AccountingRecord[], filter: AccountingFilter): readonly AccountingRow[] {
  if (filter.efficiency) {
    return groupSteps(selected(records, filter)).flatMap((usage) => [
      { record: usage.job, efficiency: measureEfficiency(usage) },
      ...(filter.steps ? usage.steps.map((record) => ({ record })) : []),
    ]);
  }
  return selected(records, filter).map((record) => ({ record }));
}

/** Oldest id first: sacct itself puts arrays behind all other jobs. Attempts stay in their order, steps behind their job. */
function byJob(records: readonly AccountingRecord[]): readonly AccountingRecord[] {
  const groups: { readonly place: readonly [string, number, number]; readonly records: AccountingRecord[] }[] = [];
  for (const record of records) {
    if (record.step !== undefined) groups.at(-1)?.records.push(record);
    if (record.step === undefined || groups.length === 0) groups.push({ place: placeOf(record), records: [record] });
  }
  const order = groups.sort(
    ({ place: [a, baseA, partA] }, { place: [b, baseB, partB] }) =>
      (a === b ? 0 : a < b ? -1 : 1) || baseA - baseB || partA - partB,
  );
  return order.flatMap((group) => group.records);
}

function placeOf({ jobId, cluster = '' }: AccountingRecord): readonly [string, number, number] {
  const [base = '', part = '0'] = jobId.split(/[_+]\[?/);
  return [cluster, Number.parseInt(base, 10), Number.parseInt(part, 10)];
}

/** A step is listed where its job is. */
function selected(records: readonly AccountingRecord[], filter: AccountingFilter): readonly AccountingRecord[] {
  let isJobWanted = true;
  return records.filter((record) => {
    if (record.step === undefined) isJobWanted = isInState(record, filter.states);
    return isJobWanted && isNamed(record, filter.jobIds);
  });
}

/** sacct was asked for whole arrays where sets of their tasks are meant. */
function isNamed(record: AccountingRecord, jobIds: readonly string[]): boolean {
  if (!jobIds.some((id) => id.includes('['))) return true;
  const allocation = { jobId: allocationOf(record), rawId: record.rawId };
  return jobIds.some((id) => id === record.jobId || matchesJobId(allocation, id));
}

function allocationOf({ jobId, step }: AccountingRecord): string {
  return step === undefined ? jobId : jobId.slice(0, -step.length - 1);
}

/** sacct selects by what a job was in the time in question; a listing shows what it is. */
function isInState({ state }: AccountingRecord, states: readonly string[]): boolean {
  if (states.length === 0 || states.includes('ALL')) return true;
  const name = findStateName(state.raw.split(' ')[0] ?? '');
  return states.some((wanted) => (isJobStatus(wanted) ? state.status === wanted : name === wanted));
}

function absentIds(rows: readonly AccountingRow[], jobIds: readonly string[]): readonly string[] {
  const seen = new Set(rows.map(({ record }) => record.jobId));
  return jobIds.filter((id) => {
    if (seen.has(id)) return false;
    return !rows.some(({ record }) => matchesJobId({ jobId: allocationOf(record), rawId: record.rawId }, id));
  });
}

function noAccounting(message: string, cause: NotFoundError | undefined): NotFoundError {
  return new NotFoundError(message, {
    code: cause?.code ?? 'embedded.no_accounting',
    ...(cause?.detail === undefined ? {} : { detail: cause.detail }),
    hint: '`srunx history` lists what was submitted with srunx, `srunx squeue -t all` what is still remembered.',
    cause,
  });
}
