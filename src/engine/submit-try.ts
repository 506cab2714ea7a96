import type { SubmissionBatch } from '../cluster/cluster.ts';
import { ConnectionError } from '../core/errors.ts';
import { tryVariable } from '../core/job/retry-shell.ts';
import { directiveLines } from '../core/job/script-directives.ts';
import { quoteWord } from '../core/quote.ts';
import { firstToken, tokenOfTry } from '../core/slurm/try-token.ts';
import type { NextTry } from '../core/workflow/next-try.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import type { JobRow } from '../store/jobs.ts';
import type { RunRow } from '../store/runs.ts';
import type { DescribedJob } from './describe-run.ts';
import type { EngineContext } from './engine-context.ts';
import { readStoredRun } from './run-description.ts';
import { readStoredPlan } from './stored-plan.ts';

export interface TryRequest {
  readonly run: RunRow;
  /** As it stands before. */
  readonly row: JobRow;
  readonly next: NextTry;
}

/** The hand-over goes on without us; the next look finds out what became of it. */
const patienceMs = 30_000;

/**
 * Submits the next attempt of a job, exactly once: it has a token of its own, and a directory in that of the run, so that whoever
 * comes by again is told the same id. Throws where that cannot be told yet.
 */
export async function submitTry(
  context: EngineContext,
  { run, row, next }: TryRequest,
): Promise<{ readonly token: string; readonly jobId: string } | { readonly refusal: string }> {
  const { cluster, signal } = context;
  // By `srunx flow cancel`, perhaps on another machine.
  const mark = await cluster.readLog({ path: `${run.directory}/withdrawn`, offset: 0, maxBytes: 1, signal });
  if (mark !== undefined) return { refusal: 'the run was cancelled' };
  const plan = await readStoredPlan({ cluster, directory: run.directory, signal });
  const job = plan.jobs[row.ordinal];
  const description = readStoredRun(run.plan);
  const described = description.jobs[row.ordinal];
  if (job === undefined || described === undefined) throw unclear(row);
  const batch = compileTry(job, { run, row, next, described, cwd: description.cwd ?? '/' });
  const report = await cluster.submit(batch, { signal, timeoutMs: patienceMs });
  const token = tokenOfTry(row.token, row.tries + 1);
  const outcome = report.outcomes.get(token);
  if (outcome?.kind === 'submitted' && report.phase === 'done') return { token, jobId: outcome.jobId };
  if (outcome?.kind === 'refused') return { refusal: `the next attempt was refused: ${outcome.message.trim()}` };
  throw unclear(row);
}

/** Followers show the message alone, so it says itself what a person can do. */
function unclear({ runId, name, tries }: JobRow): ConnectionError {
  const way = `if that stays so, say it with \`srunx flow resume ${runId} --submit ${name}\` or \`--job-id ${name}=ID\``;
  return new ConnectionError(`whether the cluster has attempt ${tries + 1} of ${name} cannot be told yet; ${way}`, {
    code: 'slurm.handover_incomplete',
    hint: 'Nothing is submitted twice; the next look asks again.',
  });
}

interface TryPlace extends TryRequest {
  readonly described: DescribedJob;
  /** From which the run was submitted. */
  readonly cwd: string;
}

/** All attempts have one wrapper, one receipt and one log. */
export function compileTry(job: PlannedJob, { run, row, next, described, cwd }: TryPlace): SubmissionBatch {
  const number = row.tries + 1;
  const token = tokenOfTry(row.token, number);
  const directory = `${run.directory}/tries/${token}`;
  const script = `${directory}/${token}.sh`;
  const why = next.isUntold ? ` ${next.cause}` : '';
  const text = [
    '#!/bin/sh',
    ...(job.kind === 'shell' ? directiveLines(job.script) : []),
    `${tryVariable}=${quoteWord(`${number}${why}`)}`,
    `export ${tryVariable}`,
    `exec /bin/sh ${quoteWord(`${run.directory}/${firstToken(row.token)}.sh`)} "$@"`,
    '',
  ];
  const options = [
    ...job.options,
    ...next.options,
    ...logOptions(described, row.firstJobId ?? row.jobId ?? ''),
    ...(next.delaySeconds > 0 ? [`--begin=now+${next.delaySeconds}`] : []),
  ];
  const submission = { token, script, args: job.args, options, dependencies: [], env: job.env, cwd };
  return { directory, files: [{ path: script, content: text.join('\n'), mode: 0o700 }], submissions: [submission] };
}

/** The log of the first attempt, whose id may be part of its name. */
function logOptions({ log }: DescribedJob, jobId: string): string[] {
  if (log === undefined) return [];
  return [
    `--output=${patternOfFirst(log.pattern, jobId)}`,
    ...(log.error === undefined ? [] : [`--error=${patternOfFirst(log.error, jobId)}`]),
  ];
}

/** With the id of the first attempt in the place of the id that each attempt has. */
export function patternOfFirst(pattern: string, jobId: string): string {
  return pattern.replace(/%(%|\d*[jA])/g, (all, word: string) => {
    if (word === '%') return all;
    return jobId.padStart(Number(word.slice(0, -1)), '0');
  });
}
