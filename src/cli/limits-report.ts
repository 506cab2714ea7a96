import type { LimitReport } from '../app/find-limits.ts';
import type { Association, QosLimits, TresLimits } from '../core/slurm/account-limits.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { formatMemory } from '../core/slurm/memory.ts';
import type { PartitionLimits } from '../core/slurm/partition-limits.ts';
import { type Column, formatTable, printable, type TableOptions } from './table.ts';

/** The report for people: what holds everywhere, then partitions, accounts and QOS. */
export function limitsText(report: LimitReport, look: TableOptions): string {
  const { partitions, accounts, accountsProblem, cluster, user } = report;
  return [
    `Cluster ${printable(cluster)}, as ${printable(user)}`,
    ...generalLines(report),
    ...section('Partitions', { columns: partitionColumns, rows: partitions, look }),
    ...(accounts === undefined ? ['', `Accounts: ${printable(accountsProblem ?? 'not known')}`] : []),
    ...section(`Accounts of ${printable(user)}`, { columns: accountColumns, rows: accounts?.associations ?? [], look }),
    ...section('QOS', { columns: qosColumns, rows: usableQos(report), look }),
  ].join('\n');
}

function generalLines({ maxArraySize, maxJobCount, minJobAgeSeconds, enforced, accounts }: LimitReport): string[] {
  const rules = enforced.length === 0 ? 'not enforced' : `enforced (${enforced.join(', ')})`;
  return [
    `  array indices    0 to ${maxArraySize - 1}`,
    ...(maxJobCount === undefined ? [] : [`  jobs in queue    ${maxJobCount}, everybody's together`]),
    `  finished jobs    remembered for ${formatDuration(minJobAgeSeconds)}`,
    ...(accounts === undefined ? [] : [`  account limits   ${rules}`]),
  ];
}

function section<Row>(
  title: string,
  {
    columns,
    rows,
    look,
  }: { readonly columns: readonly Column<Row>[]; readonly rows: readonly Row[]; readonly look: TableOptions },
): string[] {
  if (rows.length === 0) return [];
  // What nobody limits is not worth a column.
  const used = columns.filter((column, index) => index === 0 || rows.some((row) => column.value(row) !== '-'));
  return ['', title, ...formatTable(used, rows, look)];
}

/** Those that one of the user's accounts may use; all, where nobody knows. */
function usableQos({ accounts }: LimitReport): readonly QosLimits[] {
  if (accounts === undefined) return [];
  const usable = new Set(accounts.associations.flatMap(({ qos }) => qos));
  return usable.size === 0 ? accounts.qos : accounts.qos.filter(({ name }) => usable.has(name));
}

const partitionColumns: readonly Column<PartitionLimits>[] = [
  { title: 'PARTITION', value: ({ name, isDefault }) => `${name}${isDefault ? '*' : ''}` },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'MAX_TIME', align: 'right', value: ({ maxTimeSeconds }) => timeText(maxTimeSeconds) },
  { title: 'DEFAULT_TIME', align: 'right', value: ({ defaultTimeSeconds }) => timeText(defaultTimeSeconds) },
  { title: 'NODES', align: 'right', value: ({ totalNodes }) => String(totalNodes) },
  { title: 'MIN_NODES', align: 'right', value: ({ minNodes }) => (minNodes > 1 ? String(minNodes) : '-') },
  { title: 'MAX_NODES', align: 'right', value: ({ maxNodes }) => countText(maxNodes) },
  { title: 'CPUS/NODE', align: 'right', value: ({ maxCpusPerNode }) => countText(maxCpusPerNode) },
  { title: 'MEM/NODE', align: 'right', value: ({ maxMemoryMbPerNode }) => memoryText(maxMemoryMbPerNode) },
  { title: 'MEM/CPU', align: 'right', value: ({ maxMemoryMbPerCpu }) => memoryText(maxMemoryMbPerCpu) },
  { title: 'DEFAULT_MEM', align: 'right', value: defaultMemory },
  {
    title: 'GPUS',
    value: ({ gpus }) => [...gpus].map(([type, count]) => (type === '' ? count : `${type}:${count}`)).join(',') || '-',
  },
  { title: 'ACCOUNTS', value: ({ allowAccounts, denyAccounts }) => whoText(allowAccounts, denyAccounts) },
  { title: 'QOS', value: ({ allowQos, denyQos }) => whoText(allowQos, denyQos) },
  { title: 'GROUPS', value: ({ allowGroups }) => whoText(allowGroups, []) },
  { title: 'OWN_QOS', value: ({ qos }) => qos ?? '-' },
  {
    title: 'ONLY',
    value: ({ rootOnly, needsReservation }) => (rootOnly ? 'root' : needsReservation ? 'with a reservation' : '-'),
  },
];

const accountColumns: readonly Column<Association>[] = [
  { title: 'ACCOUNT', value: ({ account, isDefault }) => `${account}${isDefault ? '*' : ''}` },
  { title: 'PARTITION', value: ({ partition }) => partition ?? '-' },
  { title: 'QOS', value: ({ qos }) => qos.join(',') || '-' },
  { title: 'DEFAULT_QOS', value: ({ defaultQos }) => defaultQos ?? '-' },
  { title: 'MAX_JOBS', align: 'right', value: ({ maxJobs }) => countText(maxJobs) },
  { title: 'MAX_SUBMIT', align: 'right', value: ({ maxSubmit }) => countText(maxSubmit) },
  { title: 'MAX_TIME', align: 'right', value: ({ maxWallSeconds }) => timeText(maxWallSeconds) },
  { title: 'PER_JOB', value: ({ maxTres }) => tresText(maxTres) },
  { title: 'ALL_JOBS', value: ({ groupTres }) => tresText(groupTres) },
];

const qosColumns: readonly Column<QosLimits>[] = [
  { title: 'QOS', value: ({ name }) => name },
  { title: 'PRIORITY', align: 'right', value: ({ priority }) => String(priority) },
  { title: 'MAX_JOBS', align: 'right', value: ({ maxJobsPerUser }) => countText(maxJobsPerUser) },
  { title: 'MAX_SUBMIT', align: 'right', value: ({ maxSubmitPerUser }) => countText(maxSubmitPerUser) },
  { title: 'MAX_TIME', align: 'right', value: ({ maxWallSeconds }) => timeText(maxWallSeconds) },
  { title: 'PER_JOB', value: ({ maxTres }) => tresText(maxTres) },
  { title: 'PER_USER', value: ({ maxTresPerUser }) => tresText(maxTresPerUser) },
  { title: 'ALL_JOBS', value: ({ groupTres }) => tresText(groupTres) },
];

function timeText(seconds: number | null): string {
  return seconds === null ? '-' : formatDuration(seconds);
}

function countText(count: number | null): string {
  return count === null ? '-' : String(count);
}

function memoryText(mib: number | null): string {
  return mib === null ? '-' : formatMemory(mib);
}

function defaultMemory({ defaultMemoryMbPerNode, defaultMemoryMbPerCpu }: PartitionLimits): string {
  if (defaultMemoryMbPerCpu !== null) return `${formatMemory(defaultMemoryMbPerCpu)}/CPU`;
  return memoryText(defaultMemoryMbPerNode);
}

function whoText(allowed: readonly string[], denied: readonly string[]): string {
  if (allowed.length > 0) return allowed.join(',');
  return denied.length > 0 ? `not ${denied.join(',')}` : '-';
}

function tresText(limits: TresLimits): string {
  return (
    Object.entries(limits)
      .map(([name, amount]) => `${name}=${amount}`)
      .join(',') || '-'
  );
}
