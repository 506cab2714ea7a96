import type { ComparedRuns } from '../app/compare-runs.ts';
import type { RunStatusView } from '../app/run-status-view.ts';
import { quoteWords } from '../core/quote.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import type { Change, Difference, JobDifference, JobOutcome } from '../core/workflow/compare-runs.ts';
import { type Column, formatTable, printable } from './table.ts';

/** For people: what differs in what was asked for, then in what came of it. */
export function comparisonText({ before, after, comparison }: ComparedRuns): string {
  const { same, facts, args, files, jobs, status, outcomes } = comparison;
  return [
    `${printable(before.name)} run ${before.id} and ${printable(after.name)} run ${after.id}${same ? ': the same was asked for' : ''}`,
    ...facts.map((fact) => printable(`${fact.what}: ${arrow(fact)}`)),
    ...args.map((arg) => printable(`arg ${arg.what}: ${arrow(arg)}`)),
    ...files.flatMap((file) => patch([`${before.id}/${file.source}`, `${after.id}/${file.source_after}`], file.diff)),
    ...onlyIn(before, jobs.removed, after),
    ...onlyIn(after, jobs.added, before),
    ...jobs.changed.flatMap((job) => jobLines(job, [before.id, after.id])),
    `ended: ${status.before === status.after ? status.after : `${status.before} -> ${status.after}`}`,
    ...(outcomes.length === 0 ? [] : formatTable(outcomeColumns, outcomes)),
  ].join('\n');
}

function arrow({ before, after }: Difference): string {
  return `${before ?? '-'} -> ${after ?? '-'}`;
}

function patch([before, after]: readonly [string, string], diff: readonly string[]): string[] {
  return [`--- ${before}`, `+++ ${after}`, ...diff.flatMap((line) => line.split('\n'))].map(printable);
}

function onlyIn({ id }: RunStatusView, names: readonly string[], other: RunStatusView): string[] {
  const reasons = new Map(other.jobs.map(({ name, reason }) => [name, reason]));
  return names.map((name) => {
    const reason = reasons.get(name);
    return printable(`job ${name}: only in run ${id}${reason === undefined ? '' : ` (in run ${other.id}: ${reason})`}`);
  });
}

function jobLines(
  { name, options, depends_on: edges, args, variables, script }: JobDifference,
  ids: readonly [string, string],
): string[] {
  const words = (list: readonly string[] | null) => quoteWords(list ?? []) || 'none';
  return [
    `job ${name}:`,
    ...changeLines('option', options),
    ...changeLines('waits for', edges),
    ...(args === undefined ? [] : [`  arguments: ${words(args.before)} -> ${words(args.after)}`]),
    ...changeLines('variable', variables),
    ...variables.changed.map((variable) => `  variable ${variable}: another value`),
    ...(script.length === 0 ? [] : patch([`${ids[0]}/${name}`, `${ids[1]}/${name}`], script)),
  ].map(printable);
}

function changeLines(what: string, { removed, added }: Change): string[] {
  return [...removed.map((word) => `  - ${what} ${word}`), ...added.map((word) => `  + ${what} ${word}`)];
}

type Outcome = Difference<JobOutcome>;

const outcomeColumns: readonly Column<Outcome>[] = [
  { title: 'JOB', value: ({ what }) => what, elastic: true },
  { title: 'BEFORE', value: ({ before }) => before?.state ?? '-' },
  { title: 'TIME', value: ({ before }) => timeText(before), align: 'right' },
  { title: 'AFTER', value: ({ after }) => after?.state ?? '-' },
  { title: 'TIME', value: ({ after }) => timeText(after), align: 'right' },
];

function timeText(outcome: JobOutcome | null): string {
  return outcome?.seconds === undefined ? '-' : formatDuration(outcome.seconds);
}

/** The documented JSON. */
export function comparisonJson({ before, after, comparison, unplanned }: ComparedRuns): Record<string, unknown> {
  const { jobs, outcomes, status, facts, args, files, same } = comparison;
  const outcome = (value: JobOutcome | null) =>
    value === null ? null : { state: value.state, seconds: value.seconds ?? null };
  return {
    ...{ before: before.id, after: after.id, same, facts, args, files, without_plan: unplanned },
    jobs: { ...jobs, changed: jobs.changed.map((job) => ({ ...job, args: job.args ?? null })) },
    status: { before: status.before, after: status.after },
    outcomes: outcomes.map((job) => ({ job: job.what, before: outcome(job.before), after: outcome(job.after) })),
  };
}
