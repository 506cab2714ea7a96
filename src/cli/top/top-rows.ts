import { keyOf } from '../../app/job-changes.ts';
import type { QueueLook } from '../../app/queue-looks.ts';
import type { JobObservation } from '../../core/slurm/job-observation.ts';
import { printable } from '../table.ts';

/** A job on the screen. */
export interface TopRow {
  /** The same for a job as long as it is there, also for the unstarted tasks of an array, whose id changes. */
  readonly key: string;
  readonly job: JobObservation;
  /** What the last look brought. */
  readonly news: 'new' | 'changed' | undefined;
  /** How many looks ago it left the queue; `undefined`: it is in it. */
  readonly gone: number | undefined;
  /** What a filter looks at, in lower case. */
  readonly text: string;
}

/** For so many looks a job that has left the queue is still shown. */
const looksBehind = 5;

/** The rows after a look, in the order of the queue. Without rows before it, nothing is news. */
export function mergeLook(
  before: readonly TopRow[] | undefined,
  { jobs, left }: Pick<QueueLook, 'jobs' | 'left'>,
): readonly TopRow[] {
  const old = new Map(before?.map((row) => [row.key, row]));
  const rows = new Map<string, TopRow>();
  for (const row of before ?? []) {
    if (row.gone !== undefined && row.gone < looksBehind - 1)
      rows.set(row.key, { ...row, news: undefined, gone: row.gone + 1 });
  }
  for (const job of left) rows.set(keyOf(job), { ...rowOf(job), news: 'changed', gone: 0 });
  const current = jobs.map((job): TopRow => {
    const row = rowOf(job);
    rows.delete(row.key);
    const news = before === undefined ? undefined : newsOf(old.get(row.key), row);
    return { ...row, news };
  });
  return [...current, ...rows.values()];
}

function rowOf(job: JobObservation): TopRow {
  return { key: keyOf(job), job, news: undefined, gone: undefined, text: searched(job) };
}

function newsOf(before: TopRow | undefined, { job }: TopRow): TopRow['news'] {
  if (before === undefined) return 'new';
  return before.gone === undefined && isAlike(before.job, job) ? undefined : 'changed';
}

/** What changes by itself, the time, is no change. */
function isAlike(a: JobObservation, b: JobObservation): boolean {
  return (
    a.jobId === b.jobId &&
    a.state.raw === b.state.raw &&
    a.reason === b.reason &&
    a.nodeList === b.nodeList &&
    a.name === b.name &&
    a.partition === b.partition &&
    a.nodes === b.nodes &&
    a.cpus === b.cpus &&
    a.gpus === b.gpus &&
    a.timeLimitSeconds === b.timeLimitSeconds &&
    a.restarts === b.restarts
  );
}

function searched({ jobId, user, partition, name, state, reason, nodeList }: JobObservation): string {
  const words = [jobId, user, partition, name, state.status, state.raw, reason, nodeList];
  return printable(words.filter((word) => word !== undefined).join(' ')).toLowerCase();
}

/** The rows in which all words of the filter are. */
export function filterRows(rows: readonly TopRow[], filter: string): readonly TopRow[] {
  const words = filter.toLowerCase().split(' ').filter(Boolean);
  return words.length === 0 ? rows : rows.filter(({ text }) => words.every((word) => text.includes(word)));
}
