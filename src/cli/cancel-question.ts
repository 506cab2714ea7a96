import type { CancelPlan } from '../app/cancel-jobs.ts';
import { countOf } from '../core/count-of.ts';
import { RefusedError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import { columnOf } from './field.ts';
import { jobFields, jobJson } from './job-listing.ts';
import { formatTable } from './table.ts';

const shownKeys = [
  'job_id',
  'user',
  'name',
  'partition',
  'status',
  'cpus',
  'gpus',
  'elapsed_seconds',
  'nodelist_reason',
];

const columns = jobFields.filter(({ key }) => shownKeys.includes(key)).map(columnOf);

function tableOf({ jobs }: CancelPlan): string[] {
  return formatTable(columns, jobs);
}

/** What would be cancelled, as the result of the command. */
export function previewCancel(plan: CancelPlan, { out }: CommandContext): number {
  if (plan.jobs.length === 0) out.note('No job matches');
  out.result(plan.jobs.map(jobJson), plan.jobs.length === 0 ? '' : tableOf(plan).join('\n'));
  return 0;
}

/** Asks about all of it; throws unless the answer is yes. */
export async function confirmCancel(plan: CancelPlan, { out, ask }: CommandContext): Promise<void> {
  // Not silenced by --quiet: nobody can answer for jobs that are not shown.
  const answer = await ask(
    `${tableOf(plan).join('\n')}\nCancel ${plan.jobs.length === 1 ? 'this job' : `these ${plan.jobs.length} jobs`}? [y/N] `,
  );
  if (isYes(answer)) return;
  if (answer === undefined) tableOf(plan).forEach(out.note);
  throw new RefusedError(
    `${countOf(plan.jobs.length, 'job')} ${plan.jobs.length === 1 ? 'matches' : 'match'}, and nothing was cancelled`,
    {
      code: 'scancel.not_confirmed',
      hint: 'Add --yes to cancel them without a question, or --dry-run to see them.',
    },
  );
}

/** Asks about each; returns those to cancel. */
export async function chooseEach({ jobIds }: CancelPlan, { ask }: CommandContext): Promise<readonly string[]> {
  const chosen: string[] = [];
  for (const jobId of jobIds) {
    const answer = await ask(`Cancel job ${jobId}? [y/N] `);
    if (answer === undefined) {
      throw new RefusedError('--interactive asks at a terminal, and there is none; nothing was cancelled', {
        code: 'scancel.not_confirmed',
        hint: 'Leave --interactive out, or run it at a terminal.',
      });
    }
    if (isYes(answer)) chosen.push(jobId);
  }
  return chosen;
}

function isYes(answer: string | undefined): boolean {
  return answer !== undefined && /^y(es)?$/i.test(answer.trim());
}
