import type { HistoryEntry } from '../app/history-entry.ts';
import type { JobRecord, ShownHistory } from '../app/show-history.ts';
import { countOf } from '../core/count-of.ts';
import { maskOption } from '../core/job/export-list.ts';
import { quoteWords } from '../core/quote.ts';
import { formatDuration } from '../core/slurm/duration.ts';
import { toldEdges } from '../core/sweep/told-edges.ts';
import { historyJson, statusText } from './history-listing.ts';
import { type Fact, provenanceFacts, provenanceJson } from './provenance-facts.ts';
import { sentCodeFacts, sentCodeJson } from './sent-code.ts';
import { formatShortTime } from './short-time.ts';
import type { Signs } from './signs.ts';
import { type Column, formatTable, printable } from './table.ts';

export interface RecordOptions {
  readonly utc: boolean;
  readonly signs: Signs;
}

/** What `history show` prints as JSON: one job, or a run with all of its jobs. */
export function historyRecordJson({ entries, record }: ShownHistory): Record<string, unknown> {
  if (record !== undefined) return jobRecordJson(record);
  const [first] = entries;
  return {
    run_id: first?.runId,
    name: first?.workflow ?? first?.name,
    ...provenanceJson(first?.plan() ?? {}),
    code: first === undefined ? [] : sentCodeJson(first),
    jobs: entries.map(historyJson),
  };
}

function jobRecordJson({ entry, script, attempts, transitions }: JobRecord): Record<string, unknown> {
  const { job, cwd, provenance, repeats } = entry.plan();
  const time = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString());
  return {
    ...historyJson(entry),
    options: job?.options.map(maskOption) ?? [],
    args: job?.args ?? [],
    variables: job?.variables ?? [],
    cwd: cwd ?? null,
    work_dir: job?.log?.workDir ?? null,
    depends_on: job?.edges ?? [],
    ...provenanceJson({ provenance, repeats }),
    script_text: script?.text ?? null,
    script_is_whole: script?.isWhole ?? null,
    attempts: attempts.map(({ number, startTime, endTime, rawState, exitCode, exitSignal }) => ({
      ...{ number, start_time: time(startTime), end_time: time(endTime), raw_state: rawState },
      ...{ exit_code: exitCode, exit_signal: exitSignal },
    })),
    transitions: transitions.map(({ at, fromState, toState, reason }) => ({
      ...{ at: new Date(at).toISOString(), from: fromState, to: toState, reason },
    })),
  };
}

/** The same for people. */
export function historyRecordText({ entries, record }: ShownHistory, options: RecordOptions): string {
  return (record === undefined ? runLines(entries, options) : jobLines(record, options)).join('\n');
}

function runLines(entries: readonly HistoryEntry[], { utc }: RecordOptions): string[] {
  const [first] = entries;
  if (first === undefined) return [];
  const columns: readonly Column<HistoryEntry>[] = [
    { title: 'JOBID', value: ({ jobId }) => jobId ?? '-' },
    { title: 'NAME', value: ({ name }) => name },
    { title: 'STATUS', value: statusText },
    { title: 'DURATION', value: durationText, align: 'right' },
    { title: 'TAGS', value: ({ tags }) => tags.join(',') },
    { title: 'NOTE', value: ({ note }) => note ?? '' },
  ];
  const when = formatShortTime(first.submittedAt, { utc });
  return [
    `run ${first.runId} ${printable(first.workflow ?? first.name)}: ${entries.length} jobs on ${printable(first.cluster.name)}, submitted ${when}`,
    ...formatTable(columns, entries),
    ...factLines([...sentCodeFacts(first, utc), ...provenanceFacts(first.plan())]),
  ];
}

function durationText({ durationSeconds }: HistoryEntry): string {
  return durationSeconds === undefined ? '-' : formatDuration(durationSeconds);
}

function jobLines(record: JobRecord, options: RecordOptions): string[] {
  const { entry, script } = record;
  const facts = [
    ...[...factsOf(entry, options), ...planFacts(entry), ...sentCodeFacts(entry, options.utc)],
    ...[...provenanceFacts(entry.plan()), ...wordsOf(entry)],
  ];
  const head = `${entry.jobId === undefined ? '' : `job ${entry.jobId} `}${printable(entry.name)}: ${statusText(entry)}`;
  return [
    head,
    ...factLines(facts),
    ...stepLines(record, options),
    ...(script === undefined
      ? ['script: not there any more']
      : [
          `script${script.isWhole ? '' : ' (its beginning)'}:`,
          ...script.text.replace(/\n$/, '').split('\n').map(printable),
        ]),
  ];
}

function factLines(facts: readonly Fact[]): string[] {
  const width = Math.max(...facts.map(([title]) => title.length));
  return facts.map(([title, value]) => `  ${title.padEnd(width)}  ${printable(value)}`);
}

function given(title: string, value: string | undefined): Fact[] {
  return value === undefined || value === '' ? [] : [[title, value]];
}

function factsOf(entry: HistoryEntry, { utc }: RecordOptions): Fact[] {
  const time = (seconds: number | undefined) =>
    seconds === undefined ? undefined : formatShortTime(seconds * 1000, { utc });
  const exit = entry.exitSignal ? `signal ${entry.exitSignal}` : entry.exitCode?.toString();
  const { nodes, cpus, gpus } = entry;
  return [
    ...given('reason', entry.reason),
    ['run', entry.workflow === undefined ? entry.runId : `${entry.runId} (${entry.workflow})`],
    ['cluster', `${entry.cluster.name} (${entry.target})`],
    ['submitted', formatShortTime(entry.submittedAt, { utc })],
    ...given('started', time(entry.startTime)),
    ...given('ended', time(entry.endTime)),
    ...given('duration', entry.durationSeconds === undefined ? undefined : durationText(entry)),
    ...given('exit code', exit),
    ...given('partition', entry.partition),
    ...given('nodes', entry.nodeList),
    ...given(
      'amounts',
      nodes === undefined
        ? undefined
        : [countOf(nodes, 'node'), countOf(cpus ?? 0, 'CPU'), countOf(gpus ?? 0, 'GPU')].join(', '),
    ),
  ];
}

function planFacts(entry: HistoryEntry): Fact[] {
  const { job, cwd, script, log } = entry.plan();
  const variables = job?.variables ?? [];
  const edges = job === undefined ? [] : toldEdges(job).map(({ type, parent }) => `${type}:${parent}`);
  return [
    ...given('command', entry.command),
    ...given('options', quoteWords((job?.options ?? []).map(maskOption))),
    ...given('variables', variables.length === 0 ? undefined : `${variables.join(', ')} (their values are not kept)`),
    ...given('depends on', edges.join(', ')),
    ...given('submitted from', cwd),
    ...given('log', log ?? job?.log?.pattern),
    ...given('script file', script),
    ...given('comment', entry.comment),
  ];
}

function wordsOf({ tags, note }: HistoryEntry): Fact[] {
  return [...given('tags', tags.join(', ')), ...given('note', note)];
}

function stepLines({ attempts, transitions }: JobRecord, { utc, signs }: RecordOptions): string[] {
  const starts = attempts.length < 2 ? [] : attempts;
  const time = (seconds: number | null) => (seconds === null ? '?' : formatShortTime(seconds * 1000, { utc }));
  return [
    ...(starts.length === 0 ? [] : ['attempts:']),
    ...starts.map(({ number, startTime, endTime, rawState, exitCode }) =>
      printable(
        `  ${number}  ${time(startTime)} ${signs.span} ${time(endTime)}  ${rawState}${exitCode ? ` (exit ${exitCode})` : ''}`,
      ),
    ),
    ...(transitions.length === 0 ? [] : ['what happened:']),
    ...transitions.map(({ at, toState, reason }) =>
      printable(`  ${formatShortTime(at, { utc })}  ${toState}${reason === null ? '' : ` (${reason})`}`),
    ),
  ];
}
