import type { AccountedJob, ShownJob } from '../app/show-job.ts';
import { explainReason } from '../core/slurm/pending-reason.ts';
import { accountingFields } from './accounting-fields.ts';
import { type Field, jsonOf, textOf } from './field.ts';
import { historyJson } from './history-listing.ts';
import { jobFields, stateText } from './job-listing.ts';
import { sentCodeFacts } from './sent-code.ts';
import { formatTable, printable } from './table.ts';

const accountedFields = accountingFields({ efficiency: true });

/** What `show` prints as JSON. */
export function jobRecordJson({ jobId, rows, accounted, entry }: ShownJob): Record<string, unknown> {
  const [row] = rows;
  const isOne = rows.length === 1 || (rows.length === 0 && accounted.length === 1);
  return {
    job_id: jobId,
    job: isOne && row !== undefined ? jsonOf(jobFields, row) : null,
    accounting: isOne && accounted[0] !== undefined ? accountedJson(accounted[0]) : null,
    reasons: reasonsOf({ rows, accounted }),
    tasks: isOne ? [] : rows.length > 0 ? rows.map((task) => jsonOf(jobFields, task)) : accounted.map(accountedJson),
    srunx: entry === undefined ? null : historyJson(entry),
  };
}

function accountedJson({ job, steps, efficiency }: AccountedJob): Record<string, unknown> {
  const usual = accountedFields.filter(({ onRequest }) => onRequest !== true);
  return {
    ...jsonOf(usual, { record: job, efficiency }),
    steps: steps.map((record) => jsonOf(accountingFields({ efficiency: false }).filter(isUsual), { record })),
  };
}

function isUsual({ onRequest }: { readonly onRequest?: true }): boolean {
  return onRequest !== true;
}

function reasonsOf({ rows, accounted }: Pick<ShownJob, 'rows' | 'accounted'>) {
  const words = [
    ...rows.map(({ reason }) => reason),
    ...(rows.length > 0 ? [] : accounted.map(({ job }) => job.reason)),
  ];
  return [...new Set(words.flatMap((word) => word ?? []))].flatMap(explainReason).map(({ reason, meaning, next }) => ({
    ...{ reason, meaning, next: next ?? null },
  }));
}

/** Titles of the groups, and the keys of what stands in them. */
const rowGroups = [
  [
    'identity',
    ['raw_id', 'array_job_id', 'array_task', 'user', 'group_name', 'account', 'partition', 'qos', 'comment'],
  ],
  ['state', ['reason', 'exit_code', 'exit_signal', 'restarts', 'priority', 'nice']],
  [
    'times',
    ['submit_time', 'eligible_time', 'start_time', 'end_time', 'elapsed_seconds', 'time_limit_seconds', 'time_left'],
  ],
  [
    'resources',
    [
      ...['nodes', 'cpus', 'gpus', 'min_memory', 'features', 'required_nodes', 'nodelist'],
      ...['scheduled_nodes', 'reservation', 'licenses'],
    ],
  ],
  ['dependencies', ['dependency']],
  ['paths', ['command', 'work_dir', 'stdout', 'stderr']],
] as const;

const accountedGroups = [
  ['identity', ['raw_id', 'user', 'account', 'partition', 'qos', 'cluster']],
  ['state', ['reason', 'exit', 'derived_exit', 'cancelled_by_uid']],
  ['times', ['submit_time', 'start_time', 'end_time', 'queue_wait_seconds', 'elapsed', 'time_limit_seconds']],
  ['resources', ['nodes', 'alloc_cpus', 'gpus', 'requested_memory_bytes', 'alloc_tres', 'nodelist']],
  ['paths', ['work_dir']],
] as const;

const efficiencyGroup = [
  'efficiency',
  [
    ...['cpu_efficiency', 'cpu_seconds_used', 'cpu_seconds_allocated', 'memory_efficiency', 'memory_bytes_used'],
    ...['memory_bytes_had', 'gpu_efficiency', 'efficiency_gaps'],
  ],
] as const;

type Group = readonly [title: string, keys: readonly string[]];
type Line = readonly [label: string, value: string];

/** The same for people. */
export function jobRecordText(shown: ShownJob): string {
  const { jobId, rows, accounted, entry } = shown;
  const [row] = rows;
  const [usage] = accounted;
  const name = row?.name ?? usage?.job.name ?? entry?.name ?? '';
  if (rows.length > 1 || (rows.length === 0 && accounted.length > 1)) return arrayText(shown, name);
  const job = row ?? usage?.job;
  const lines = [
    `job ${jobId} ${printable(name)}: ${job === undefined ? `${entry?.status}, as srunx saw it last` : stateText(job)}`,
    ...(row === undefined ? [] : groupLines(jobFields, row, rowGroups)),
    ...(row !== undefined || usage === undefined
      ? []
      : groupLines(accountedFields, { record: usage.job, efficiency: usage.efficiency }, accountedGroups)),
    ...reasonLines(shown),
    ...(usage === undefined
      ? []
      : groupLines(accountedFields, { record: usage.job, efficiency: usage.efficiency }, [efficiencyGroup])),
    ...entryLines(shown),
  ];
  return lines.join('\n');
}

function arrayText(shown: ShownJob, name: string): string {
  const { jobId, rows, accounted } = shown;
  const keys = ['job_id', 'status', 'exit_code', 'elapsed_seconds', 'nodelist_reason'];
  const table =
    rows.length > 0
      ? formatTable(columnsOf(jobFields, keys), rows)
      : formatTable(
          columnsOf(accountedFields, ['job_id', 'status', 'exit', 'elapsed', 'cpu_efficiency', 'memory_efficiency']),
          accounted.map(({ job, efficiency }) => ({ record: job, efficiency })),
        );
  return [`job ${jobId} ${printable(name)}`, ...table, ...reasonLines(shown), ...entryLines(shown)].join('\n');
}

function columnsOf<Row>(fields: readonly Field<Row>[], keys: readonly string[]) {
  return keys.flatMap((key) =>
    fields
      .filter((field) => field.key === key)
      .map((field) => ({ title: field.title, value: (row: Row) => textOf(field, row) })),
  );
}

function groupLines<Row>(fields: readonly Field<Row>[], row: Row, groups: readonly Group[]): readonly string[] {
  return groups.flatMap(([title, keys]) => {
    const lines = keys.flatMap((key): Line[] => {
      const field = fields.find((candidate) => candidate.key === key);
      const value = field === undefined ? '-' : textOf(field, row);
      return unknownWords.has(value) ? [] : [[key.replace(/_(?:seconds|bytes)$/, '').replaceAll('_', ' '), value]];
    });
    return titled(title, lines);
  });
}

/** Slurm's words for nothing. */
const unknownWords: ReadonlySet<string> = new Set(['-', '', 'N/A', '(null)', 'None', 'no']);

function titled(title: string, lines: readonly Line[]): readonly string[] {
  if (lines.length === 0) return [];
  const width = Math.max(...lines.map(([label]) => label.length));
  return [title, ...lines.map(([label, value]) => `  ${label.padEnd(width)}  ${printable(value)}`)];
}

function reasonLines(shown: ShownJob): readonly string[] {
  const lines = reasonsOf(shown).map(
    ({ reason, meaning, next }): Line => [reason, next === null ? meaning : `${meaning} ${next}`],
  );
  return titled('reason in words', lines);
}

function entryLines({ entry }: ShownJob): readonly string[] {
  if (entry === undefined) return [];
  const { job, script, log } = entry.plan();
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['run', entry.workflow === undefined ? entry.runId : `${entry.runId} (${entry.workflow})`],
    ['submitted as', entry.command],
    ['log', log ?? job?.log?.pattern],
    ['script', script],
    ...sentCodeFacts(entry),
    ['tags', entry.tags.join(', ')],
    ['note', entry.note],
  ];
  return titled(
    'srunx',
    lines.flatMap(([label, value]): Line[] => (value === undefined || value === '' ? [] : [[label, value]])),
  );
}
