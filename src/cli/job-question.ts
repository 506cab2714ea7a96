import type { QueueFilter } from '../app/list-queue.ts';
import type { SelectedJobs } from '../app/select-jobs.ts';
import { unknownNames } from '../app/unknown-names.ts';
import { countOf } from '../core/count-of.ts';
import { RefusedError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import { columnOf } from './field.ts';
import { isYes } from './is-yes.ts';
import { jobFields, jobJson } from './job-listing.ts';
import { formatTable, printable } from './table.ts';

/** What is to be done to jobs, in words. */
export interface VerbWords {
  /** `cancel` */
  readonly verb: string;
  /** `cancelled` */
  readonly past: string;
  /** Of the error where nobody said yes: `scancel.not_confirmed`. */
  readonly code: string;
}

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

function tableOf({ jobs }: SelectedJobs): string[] {
  return formatTable(columns, jobs);
}

/** What would be hit, as the result of the command. */
export async function previewJobs(
  selected: SelectedJobs,
  { filter, context: { app, out } }: { readonly filter: QueueFilter; readonly context: CommandContext },
): Promise<number> {
  if (selected.jobs.length === 0) {
    out.note('No job matches');
    for (const words of await unknownNames(app, filter)) out.note(`srunx: ${printable(words)}`);
  }
  out.result(selected.jobs.map(jobJson), selected.jobs.length === 0 ? '' : tableOf(selected).join('\n'));
  return 0;
}

/** Asks about all of it; throws unless the answer is yes. */
export async function confirmJobs(
  selected: SelectedJobs,
  { verb, past, code }: VerbWords,
  { out, ask }: CommandContext,
): Promise<void> {
  const { length } = selected.jobs;
  // Not silenced by --quiet: nobody can answer for jobs that are not shown.
  const which = length === 1 ? 'this job' : `these ${length} jobs`;
  const answer = await ask(`${tableOf(selected).join('\n')}\n${capital(verb)} ${which}? [y/N] `);
  if (isYes(answer)) return;
  if (answer === undefined) tableOf(selected).forEach(out.note);
  throw new RefusedError(`${countOf(length, 'job')} ${length === 1 ? 'matches' : 'match'}, and nothing was ${past}`, {
    code,
    hint: `Add --yes to ${verb} them without a question, or --dry-run to see them.`,
  });
}

/** Asks about each; returns those to act on. */
export async function chooseEach(
  { jobIds }: SelectedJobs,
  { verb, past, code }: VerbWords,
  { ask }: CommandContext,
): Promise<readonly string[]> {
  const chosen: string[] = [];
  for (const jobId of jobIds) {
    const answer = await ask(`${capital(verb)} job ${jobId}? [y/N] `);
    if (answer === undefined) {
      throw new RefusedError(`--interactive asks at a terminal, and there is none; nothing was ${past}`, {
        code,
        hint: 'Leave --interactive out, or run it at a terminal.',
      });
    }
    if (isYes(answer)) chosen.push(jobId);
  }
  return chosen;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
