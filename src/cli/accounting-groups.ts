import type { AccountingRow } from '../app/list-accounting.ts';
import { UsageError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Listing } from './field.ts';

const groupKeys = ['user', 'account', 'partition', 'state', 'name'] as const;
export type AccountingGroupKey = (typeof groupKeys)[number];

/** Throws a UsageError for a field that records are not summed by. */
export function readAccountingGroup(word: string): AccountingGroupKey {
  const key = groupKeys.find((known) => known === word);
  if (key !== undefined) return key;
  throw new UsageError(`records cannot be summed by \`${word}\``, {
    code: 'usage.option_value',
    hint: didYouMean(word, groupKeys) ?? `There are: ${groupKeys.join(', ')}.`,
  });
}

/** What the jobs with one value took. */
export interface AccountingGroup {
  readonly value: string | null;
  readonly jobs: number;
  readonly completed: number;
  /** Ended otherwise than by success or a cancellation. */
  readonly failed: number;
  readonly cancelled: number;
  /** Elapsed time of what was allocated, used or not. */
  readonly cpuSeconds: number;
  readonly gpuSeconds: number;
  /** Of the jobs whose use is known. */
  readonly cpuUsed: number;
  readonly cpuMeasured: number;
}

const empty = {
  jobs: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  cpuSeconds: 0,
  gpuSeconds: 0,
  cpuUsed: 0,
  cpuMeasured: 0,
};

/** Allocations alone count; what took most stands first. */
export function groupRecords(rows: readonly AccountingRow[], key: AccountingGroupKey): readonly AccountingGroup[] {
  const groups = new Map<string | null, AccountingGroup>();
  for (const row of rows) {
    if (row.record.step !== undefined) continue;
    const value = groupValue(row, key);
    groups.set(value, addRow(groups.get(value) ?? { ...empty, value }, row));
  }
  return [...groups.values()].sort((a, b) => b.cpuSeconds - a.cpuSeconds || b.jobs - a.jobs);
}

function addRow(group: AccountingGroup, { record, efficiency }: AccountingRow): AccountingGroup {
  const { state, elapsedSeconds = 0, cpus, gpus } = record;
  const used = efficiency?.cpuSecondsUsed ?? null;
  return {
    value: group.value,
    jobs: group.jobs + 1,
    completed: group.completed + (state.status === 'COMPLETED' ? 1 : 0),
    failed: group.failed + (state.status === 'FAILED' || state.status === 'TIMEOUT' ? 1 : 0),
    cancelled: group.cancelled + (state.status === 'CANCELLED' ? 1 : 0),
    cpuSeconds: group.cpuSeconds + cpus * elapsedSeconds,
    gpuSeconds: group.gpuSeconds + gpus * elapsedSeconds,
    cpuUsed: group.cpuUsed + (used ?? 0),
    cpuMeasured: group.cpuMeasured + (used === null ? 0 : (efficiency?.cpuSecondsAllocated ?? 0)),
  };
}

function groupValue({ record }: AccountingRow, key: AccountingGroupKey): string | null {
  return key === 'state' ? record.state.status : (record[key] ?? null);
}

/** With `efficiency`, the share of the allocated CPU time that was used. */
export function accountingGroupListing(key: AccountingGroupKey, efficiency: boolean): Listing<AccountingGroup> {
  const share = ({ cpuUsed, cpuMeasured }: AccountingGroup) =>
    cpuMeasured === 0 ? null : Math.round((cpuUsed / cpuMeasured) * 10_000) / 100;
  const fields: Listing<AccountingGroup>['fields'] = [
    { key, title: key.toUpperCase(), json: ({ value }) => value, elastic: true },
    { key: 'jobs', title: 'JOBS', json: ({ jobs }) => jobs, align: 'right' },
    { key: 'completed', title: 'COMPLETED', json: ({ completed }) => completed, align: 'right', drop: 3 },
    { key: 'failed', title: 'FAILED', json: ({ failed }) => failed, align: 'right' },
    { key: 'cancelled', title: 'CANCELLED', json: ({ cancelled }) => cancelled, align: 'right', drop: 4 },
    { key: 'cpu_hours', title: 'CPU_HOURS', json: ({ cpuSeconds }) => hours(cpuSeconds), align: 'right' },
    { key: 'gpu_hours', title: 'GPU_HOURS', json: ({ gpuSeconds }) => hours(gpuSeconds), align: 'right' },
    ...(efficiency ? [{ key: 'cpu_efficiency', title: 'CPU_EFF', json: share, align: 'right' as const }] : []),
  ];
  return { fields, table: fields.map((field) => field.key), id: ({ value }) => value ?? '' };
}

function hours(seconds: number): number {
  return Math.round((seconds / 3600) * 100) / 100;
}
