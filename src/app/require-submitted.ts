import type { SubmissionReport } from '../cluster/cluster.ts';
import { ConnectionError, type SrunxError, SubmissionError } from '../core/errors.ts';
import type { AppContext, TargetName } from './app-context.ts';
import { explainRefusal } from './explain-refusal.ts';

export interface SubmittedBatch {
  readonly runId: string;
  /** In the order of the batch's submissions. */
  readonly jobNames: readonly string[];
  readonly target: TargetName;
}

/** Turns anything but a complete hand-over into the error that says what happened and what is left. */
export async function requireSubmitted(
  context: AppContext,
  report: SubmissionReport,
  batch: SubmittedBatch,
): Promise<void> {
  const failure = failureOf(report, batch);
  if (failure !== undefined) throw await explainRefusal(context, batch.target, failure);
}

function failureOf(report: SubmissionReport, batch: SubmittedBatch): SrunxError | undefined {
  const outcomes = [...report.outcomes.values()];
  const index = outcomes.findIndex(({ kind }) => kind === 'refused');
  const refused = outcomes[index];
  const { runId, target } = batch;
  if (refused?.kind === 'refused') {
    const facts = { detail: refused.message };
    if (refused.exitCode === -1) {
      return new ConnectionError(`the Slurm controller of ${target} cannot be reached; nothing was submitted`, {
        ...facts,
        code: 'slurm.controller_unavailable',
        hint: 'Try again in a minute; `scontrol ping` shows whether the controller is up.',
      });
    }
    return new SubmissionError(`${target} refused \`${batch.jobNames[index] ?? ''}\`; nothing was started`, {
      ...facts,
      code: 'slurm.submission_refused',
      hint: 'Correct what is named above and run it again.',
    });
  }
  if (report.phase === 'done' || report.phase === 'deferred') return undefined;
  const open = outcomes.filter(({ kind }) => kind !== 'submitted').length;
  return new ConnectionError(`run ${runId} is not handed over completely: ${open} of its jobs are open`, {
    code: 'slurm.handover_incomplete',
    hint: `Nothing was submitted twice and nothing has started; \`srunx flow status ${runId}\` goes on with it.`,
  });
}

export interface VerdictFacts {
  /** Some of the jobs end others when they fail. */
  readonly stops?: boolean;
  /** Cells that fail end the sweep. */
  readonly failsFast?: boolean;
  /** Why jobs that retry cannot put themselves back into the queue. */
  readonly because?: string | undefined;
}

/** What must stay alive for the jobs to finish. */
export function verdictOf(
  target: TargetName,
  { stops = false, failsFast = false, because }: VerdictFacts = {},
): string {
  if (because !== undefined) {
    return `submitted, and needs a srunx to keep running (this one, or \`srunx flow attach\`), because jobs cannot put themselves back into the queue (${because})`;
  }
  if (failsFast && target !== 'embedded') {
    const exception =
      'cells that fail end the sweep as `fail_fast` says, but a job that is killed or loses its node cannot';
    return `handed over to Slurm: you may close the laptop; ${exception}: then the next srunx that looks at the sweep does`;
  }
  if (stops && target !== 'embedded') {
    const exception =
      'a job that fails ends the others as `on_error` says, but one that is killed or loses its node cannot';
    return `handed over to Slurm: you may close the laptop; ${exception}: then the next srunx that looks at the run does`;
  }
  return target === 'embedded'
    ? 'handed over to this machine, which goes on without this command'
    : 'handed over to Slurm: you may close the laptop';
}
