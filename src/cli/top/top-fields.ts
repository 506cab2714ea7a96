import { UsageError } from '../../core/errors.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { shortStateName } from '../../core/slurm/job-state.ts';
import { explainReason } from '../../core/slurm/pending-reason.ts';
import type { ChosenColumn } from '../column-spec.ts';
import type { ParsedInput } from '../define-command.ts';
import type { Field } from '../field.ts';
import type { JobField } from '../job-extra-fields.ts';
import { fieldOfJob, jobFields, jobListing } from '../job-listing.ts';
import { chooseListing } from '../listing-choice.ts';
import type { TopRow } from './top-rows.ts';
import { type SortOrder, sortOrders } from './top-sort.ts';

const usualKeys = [
  ...['job_id', 'user', 'partition', 'name', 'status', 'elapsed_seconds', 'nodes', 'gpus', 'nodelist_reason'],
];

export interface TopColumns {
  readonly columns: readonly ChosenColumn<TopRow>[];
  readonly orders: readonly SortOrder[];
  /** The keys that are shown or sorted by: nothing else needs to be found out. */
  readonly keys: readonly string[];
}

/** What is shown of each job, and in which order. Throws a UsageError for a column that does not exist. */
export function topColumns(options: ParsedInput['options']): TopColumns {
  const { columns: named, native, sort } = chooseListing(jobListing(), options);
  if (native !== undefined) {
    throw new UsageError('patterns with % have no place on a screen that changes', {
      code: 'usage.option_conflict',
      hint: 'Name columns: `-o job_id,name,status`; `srunx squeue -i` takes patterns.',
    });
  }
  const columns: readonly ChosenColumn<TopRow>[] =
    named?.map((column) => ({ ...column, field: asOnScreen(column.field) })) ??
    usualKeys
      .flatMap((key) => jobFields.filter((field) => field.key === key))
      .map((field) => ({ field: asOnScreen(field) }));
  const asked = sort.map(({ field, descending }) => ({ field: fieldOfJob<TopRow>(field), descending }));
  const fields = columns.map(({ field }) => field);
  return {
    columns,
    orders: sortOrders(fields, asked),
    keys: [...fields, ...asked.map(({ field }) => field)].map(({ key }) => key),
  };
}

/** A job as a column of this screen shows it, which has to be brief about states, and may have room for reasons. */
function asOnScreen(field: JobField): Field<TopRow> {
  const own = fieldOfJob<TopRow>(field);
  if (field.key === 'status') return { ...own, text: ({ job }) => stateWord(job) };
  return field.key === 'nodelist_reason' ? { ...own, text: ({ job }) => whereOrWhy(job) } : own;
}

/** Where Slurm has a word that is more precise, that one: `COMPLETING`, `OUT_OF_MEMORY`. */
function stateWord({ state: { status, raw } }: JobObservation): string {
  return raw.toUpperCase().startsWith(status) ? status : raw;
}

function whereOrWhy(job: JobObservation): string {
  const { state, reason, nodeList, exit } = job;
  if (state.status === 'PENDING') {
    const words = reason === undefined ? [] : explainReason(reason).map(({ meaning }) => meaning);
    return [`(${reason ?? 'None'})`, ...words].join(' ');
  }
  if (!state.terminal) return nodeList ?? '-';
  const how = exit === undefined || exit.code + exit.signal === 0 ? [] : [exitText(exit)];
  return [...how, ...(nodeList === undefined ? [] : [nodeList])].join(', ') || '-';
}

function exitText({ code, signal }: NonNullable<JobObservation['exit']>): string {
  return signal === 0 ? `exit code ${code}` : `signal ${signal}`;
}

/** Where a screen is narrow, what goes first is what the others say as well; the last to go is the time. */
const drops: Readonly<Record<string, number>> = {
  nodes: 6,
  partition: 5,
  gpus: 4,
  nodelist_reason: 3,
  elapsed_seconds: 2,
};

/** A column as it is on a screen of this width. */
export function fitColumn(
  { field, ...column }: ChosenColumn<TopRow>,
  { isNarrow, isMine }: { readonly isNarrow: boolean; readonly isMine: boolean },
): ChosenColumn<TopRow> {
  const shown = isNarrow && field.key === 'status' ? shortState(field) : field;
  const drop = field.key === 'user' ? (isMine ? 9 : 1) : (drops[field.key] ?? field.drop);
  return { ...column, field: drop === undefined ? shown : { ...shown, drop } };
}

/** Slurm's short names of states. */
function shortState({ key, colour }: Field<TopRow>): Field<TopRow> {
  const short: Field<TopRow> = {
    key,
    title: 'ST',
    text: ({ job: { state } }) => shortStateName(state.raw) ?? state.raw,
  };
  return colour === undefined ? short : { ...short, colour };
}
