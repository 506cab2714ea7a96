import { type ParsedJobId, parseJobId } from './job-id.ts';
import { matchesJobId } from './match-job-id.ts';

/** What scontrol says against one job, or about some tasks of an array. */
export interface ControlComplaint {
  /** As an id: `12`, `12_3`, `12_[0-4]`. */
  readonly jobId: string;
  readonly message: string;
}

/**
 * Reads what scontrol writes when it is told to hold, release, requeue, suspend or change jobs: `Access/permission denied for job
 * 41`, and for tasks `41_0-3: Invalid job id specified`. Of other tasks of the same array it says `No error`: to these it was done.
 */
export function parseControlComplaints(stderr: string): readonly ControlComplaint[] {
  return stderr.split('\n').flatMap((line) => {
    const single = /^(.+) for job (\d\S*)$/.exec(line);
    const tasks = /^(\d+)_([\d,:%-]+): (.+)$/.exec(line);
    const jobId = single?.[2] ?? (tasks === null ? '' : `${tasks[1]}_${taskWord(tasks[2] ?? '')}`);
    const message = single?.[1] ?? tasks?.[3] ?? '';
    if (message === '' || parseJobId(jobId) === undefined) return [];
    return [{ jobId, message: message.replace(/^slurm_\w+ error: ?/, '') }];
  });
}

function taskWord(text: string): string {
  return /^\d+$/.test(text) ? text : `[${text}]`;
}

/** What was said about anything that an id names. */
export function complaintsAbout(jobId: string, complaints: readonly ControlComplaint[]): readonly ControlComplaint[] {
  return complaints.filter((complaint) => isAbout(complaint.jobId, jobId));
}

/** Said of the tasks of an array to which it was done, where it was not done to all. */
export function isNoError({ message }: ControlComplaint): boolean {
  return message === 'No error';
}

function isAbout(subject: string, jobId: string): boolean {
  if (subject === jobId) return true;
  // scontrol names an array as a whole where that was what it was told.
  const wanted: ParsedJobId | undefined = parseJobId(jobId);
  return matchesJobId({ jobId: subject, rawId: subject }, jobId) || subject === wanted?.base;
}
