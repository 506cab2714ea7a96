import type { CancelledRun, JobCancelResult } from '../app/cancel-run.ts';
import { countOf } from '../core/count-of.ts';
import { exitCodes, RefusedError } from '../core/errors.ts';
import { cancelWords } from './cancel-words.ts';
import type { CommandContext } from './define-command.ts';
import type { Output } from './output.ts';
import { countOpen, formatSweepCancel } from './sweep-cancel-counts.ts';
import { printable } from './table.ts';

/** One line for each job that was meant, of a sweep for each outcome; and what that means to the shell: as for scancel. */
export function reportRunCancel({ run, results }: CancelledRun, out: Output): number {
  const text = run.isSweep ? formatSweepCancel(results) : results.map(sentence);
  out.result(results.map(resultJson), text.join('\n'));
  return judgeRunCancel({ run, results }, out);
}

export function resultJson({ name, jobId, outcome, state, message }: JobCancelResult): Record<string, unknown> {
  return { name, job_id: jobId ?? null, outcome, state: state ?? null, message: message ?? null };
}

/** The exit code, and a remark where not everything went well. */
export function judgeRunCancel({ run, results }: Pick<CancelledRun, 'run' | 'results'>, out: Output): number {
  if (results.every(({ outcome }) => outcome === 'already_finished')) sayNothingLeft(run, out);
  const failures = results.filter(isFailure);
  if (failures.length === 0) return exitCodes.success;
  const names = namesOf(failures, out);
  if (results.every(({ outcome }) => outcome === 'denied')) {
    const said = [...new Set(results.flatMap(({ message }) => message ?? []))].join('\n');
    throw new RefusedError(`${names}: not permitted`, {
      code: 'slurm.denied',
      ...(said === '' ? {} : { detail: said }),
      hint: 'Only the owner of a job or an administrator may do this.',
    });
  }
  out.note(`srunx: ${failures.length} of ${results.length} jobs were not cancelled: ${names}`);
  return exitCodes.partial;
}

const mostNamed = 20;

function namesOf(failures: readonly JobCancelResult[], { signs }: Output): string {
  const named = failures.slice(0, mostNamed).map(({ name }) => name);
  const more = failures.length > mostNamed ? ` ${signs.more} and ${failures.length - mostNamed} more` : '';
  return `${named.join(', ')}${more}`;
}

export function isFailure({ outcome }: JobCancelResult): boolean {
  return outcome !== 'withdrawn' && cancelWords.isFailure(outcome);
}

function sentence({ name, jobId, outcome, state, message }: JobCancelResult): string {
  const id = jobId === undefined ? '' : ` (${jobId})`;
  const words =
    outcome === 'withdrawn'
      ? 'not submitted, and will not be'
      : cancelWords.say({ jobId: jobId ?? name, outcome, state });
  return `${printable(name)}${id}: ${words}${message === undefined ? '' : `: ${printable(message)}`}`;
}

export function sayNothingLeft({ id, jobs }: CancelledRun['run'], out: Output): void {
  const ended = jobs.filter(({ final }) => final).length;
  const what = ended === jobs.length ? `run ${id} has ended` : `of run ${id}, ${countOf(ended, 'job')} had ended`;
  out.note(`srunx: nothing to cancel: ${what}`);
}

/** What would be cancelled, as it stands now. */
export function previewRunCancel({ run, open }: CancelledRun, { out }: Pick<CommandContext, 'out'>): number {
  const text = run.isSweep
    ? countOpen(open)
    : open.map(({ name, jobId, state }) => `${printable(name)} (${jobId ?? 'not submitted'}): ${state}`);
  out.result(
    open.map(({ name, jobId, state }) => ({ name, job_id: jobId ?? null, state })),
    text.join('\n'),
  );
  if (open.length === 0) sayNothingLeft(run, out);
  else out.note(`srunx: ${countOf(open.length, 'job')} of run ${run.id} would be cancelled`);
  return exitCodes.success;
}
