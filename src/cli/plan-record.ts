import type { JobRecord, RunRecord } from '../app/show-plan.ts';
import { maskOption } from '../core/job/export-list.ts';
import { quoteWords } from '../core/quote.ts';
import { toldEdges } from '../core/sweep/told-edges.ts';
import { formatMatrix } from '../core/workflow/matrix-text.ts';
import { checkpointJson, retryJson } from '../core/workflow/retry-json.ts';
import { checkpointText, retryText } from '../core/workflow/retry-text.ts';
import { sentCodeFacts, sentCodeJson } from './sent-code.ts';
import { formatShortTime } from './short-time.ts';
import { printable } from './table.ts';

type Fact = readonly [title: string, value: string | undefined];

/** A run as it was handed over, for people. */
export function planRecordText(record: RunRecord): string {
  const { run, description, jobs, cluster, verdict } = record;
  const facts: readonly Fact[] = [
    ['file', run.source ?? undefined],
    ['submitted', formatShortTime(run.createdAt)],
    ['from', description.cwd],
    ...sentCodeFacts(sentOf(record)),
    ['target', `${run.target} (${cluster})`],
    ['hand-over', run.handover],
    ['verdict', verdict],
    ['directory', run.directory],
    ['plan', description.planHash],
  ];
  const skipped = description.skipped ?? [];
  return [
    `run ${run.id} ${printable(run.name)}: ${run.status}`,
    ...lines(facts),
    ...jobs.flatMap((job) => ['', ...jobLines(job)]),
    ...(skipped.length === 0 ? [] : ['', 'not part of it:']),
    ...skipped.map(({ name, reason }) => `  ${printable(name)}: ${printable(reason)}`),
  ].join('\n');
}

function sentOf({ run, description }: Pick<RunRecord, 'run' | 'description'>): Parameters<typeof sentCodeJson>[0] {
  return { plan: () => ({ sent: description.code }), submittedAt: run.createdAt };
}

function jobLines({ entry, planned, exports }: JobRecord): string[] {
  const { job, script, log } = entry.plan();
  const facts: readonly Fact[] = [
    [
      'after',
      job &&
        toldEdges(job)
          .map(({ type, parent }) => `${parent} (${type})`)
          .join(', '),
    ],
    ['kind', job?.isFinal ? 'runs when all others have ended' : job?.handles && `answers a failure of ${job.handles}`],
    ['matrix', job?.matrix && formatMatrix(job.matrix)],
    ['on error', job?.onError],
    ['sbatch', job && quoteWords(job.options.map(maskOption))],
    ['script', script && quoteWords([script, ...(job?.args ?? [])])],
    ['variables', job?.variables.join(', ')],
    ['log', log ?? job?.log?.pattern],
    ['retry', planned?.retry && retryText(planned.retry)],
    ['checkpoint', planned?.checkpoint && checkpointText(planned.checkpoint)],
    ['reads', planned?.reads?.map(({ parent, key }) => `${parent}.${key}`).join(', ')],
    [
      'exports',
      Object.entries(exports)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    ],
  ];
  const id = entry.jobId === undefined ? '' : ` (${entry.jobId})`;
  return [`job ${printable(entry.name)}${id}: ${entry.state}`, ...lines(facts)];
}

function lines(facts: readonly Fact[]): string[] {
  const given = facts.flatMap(([title, value]) => (value === undefined || value === '' ? [] : [{ title, value }]));
  const width = Math.max(...given.map(({ title }) => title.length));
  return given.map(({ title, value }) => `  ${title.padEnd(width)}  ${printable(value)}`);
}

/** The documented JSON. */
export function planRecordJson({ run, description, jobs, cluster, verdict }: RunRecord): Record<string, unknown> {
  return {
    run_id: run.id,
    kind: run.kind,
    name: run.name,
    source: run.source,
    target: run.target,
    cluster,
    status: run.status,
    handover: run.handover,
    verdict,
    created_at: new Date(run.createdAt).toISOString(),
    cwd: description.cwd ?? null,
    code: sentCodeJson(sentOf({ run, description })),
    directory: run.directory,
    plan_hash: description.planHash,
    jobs: jobs.map(jobJson),
    skipped: description.skipped ?? [],
  };
}

function jobJson({ entry, planned, exports }: JobRecord): Record<string, unknown> {
  const { job, script, log } = entry.plan();
  const options = job?.options.map(maskOption) ?? [];
  return {
    name: entry.name,
    job_id: entry.jobId ?? null,
    token: entry.token,
    state: entry.state,
    edges: job?.edges ?? [],
    options,
    args: job?.args ?? [],
    argv: ['sbatch', ...options, `${entry.directory}/${entry.token}.sh`, ...(job?.args ?? [])],
    variables: job?.variables ?? [],
    wrapped: job?.wrapped ?? null,
    script: script ?? null,
    log: log ?? null,
    log_pattern: job?.log?.pattern ?? null,
    work_dir: job?.log?.workDir ?? null,
    matrix: job?.matrix ?? null,
    array: job?.array ?? null,
    on_error: job?.onError ?? 'keep-going',
    handles: job?.handles ?? null,
    finally: job?.isFinal === true,
    retry: planned?.retry === undefined ? null : retryJson(planned.retry),
    checkpoint: planned?.checkpoint === undefined ? null : checkpointJson(planned.checkpoint),
    reads: planned?.reads ?? [],
    exports,
  };
}
