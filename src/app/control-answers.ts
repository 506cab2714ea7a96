import { type ControlComplaint, complaintsAbout, isNoError } from '../core/slurm/control-complaints.ts';
import { parseJobId } from '../core/slurm/job-id.ts';
import type { ControlOutcome, ControlResult, ControlVerb, KnownJob } from './control-jobs.ts';

interface Answers {
  readonly complaints: readonly ControlComplaint[];
  readonly verb: ControlVerb;
}

/**
 * The jobs that Slurm did not do it to, in its own words. An array of which some tasks could not be meant, because they are over
 * or do not run yet, is none of them as long as it was done to others: the queue shows that.
 */
export function refusedJobs(jobs: readonly KnownJob[], { complaints, verb }: Answers): readonly ControlResult[] {
  return jobs.flatMap((job): readonly ControlResult[] => {
    const answers = complaintsAbout(job.jobId, complaints);
    const against = answers.filter((answer) => !isNoError(answer));
    const serious = against.filter((complaint) => !isPart(complaint, job) || !isIdle(complaint, verb));
    const isDone = serious.length === 0 && against.length < answers.length;
    return against.length === 0 || isDone ? [] : [refusal(job, { complaints: serious, verb, first: against[0] })];
  });
}

/** About some of the tasks of an array. */
function isPart(complaint: ControlComplaint, { jobId }: KnownJob): boolean {
  return complaint.jobId.includes('_') && parseJobId(jobId)?.task?.kind !== 'index';
}

function isIdle({ message }: ControlComplaint, verb: ControlVerb): boolean {
  return (outcomeOf(message) === 'already_finished' && !verb.takesEnded) || verb.isIdle?.(message) === true;
}

function refusal(
  job: KnownJob,
  { complaints, verb, first }: Answers & { readonly first: ControlComplaint | undefined },
): ControlResult {
  const { jobId, rows } = job;
  const [complaint = first] = complaints;
  const outcome = outcomeOf(complaint?.message ?? '');
  // What the queue showed before is no longer so.
  const state = rows.find((row) => outcome !== 'already_finished' || row.state.terminal)?.state.raw;
  if (complaints.some((one) => isPart(one, job)) && outcome !== 'denied') {
    const message = complaints.map((one) => `${one.jobId}: ${one.message}`).join('; ');
    return { jobId, outcome: 'failed', state, message };
  }
  const said = complaint?.message ?? '';
  const meaning = verb.explain?.(said);
  return { jobId, outcome, state, message: meaning === undefined ? said : `${said} (${meaning})` };
}

function outcomeOf(message: string): ControlOutcome {
  if (/permission denied|invalid user id/i.test(message)) return 'denied';
  if (/invalid job id/i.test(message)) return 'not_found';
  return /already (?:finished|completing|completed)/i.test(message) ? 'already_finished' : 'failed';
}
