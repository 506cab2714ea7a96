import { type ParsedJobId, parseJobId } from './job-id.ts';
import { matchesJobId } from './match-job-id.ts';

/** What scontrol says against one job, or against some tasks of an array. */
export interface ControlComplaint {
  /** As an id: `12`, `12_3`, `12_[0-4]`. */
  readonly jobId: string;
  readonly message: string;
}

/**
 * Reads what scontrol writes when it is told to hold, release, requeue, suspend or change jobs: `Access/permission denied for job
 * 41`, and for tasks `41_0-3: Invalid job id specified`. Of other tasks of the same array it says `No error`.
 */
export function parseControlComplaints(stderr: string): readonly ControlComplaint[] {
  return stderr.split('\n').flatMap((line) => {
    const single = /^(.+) for job (\d\S*)$/.exec(line);
    const tasks = /^(\d+)_([\d,:%-]+): (.+)$/.exec(line);
    const jobId = single?.[2] ?? (tasks === null ? '' : `${tasks[1]}_${taskWord(tasks[2] ?? '')}`);
    const message = single?.[1] ?? tasks?.[3] ?? '';
    if (message === '' || message === 'No error' || parseJobId(jobId) === undefined) return [];
    return [{ jobId, message: message.replace(/^slurm_\w+ error: ?/, '') }];
  });
}

function taskWord(text: string): string {
  return /^\d+$/.test(text) ? text : `[${text}]`;
}

/** The first complaint about anything that an id names. */
export function complaintAbout(jobId: string, complaints: readonly ControlComplaint[]): ControlComplaint | undefined {
  return complaints.find((complaint) => isAbout(complaint.jobId, jobId));
}

function isAbout(subject: string, jobId: string): boolean {
  if (subject === jobId) return true;
  // scontrol names an array as a whole where that was what it was told.
  const wanted: ParsedJobId | undefined = parseJobId(jobId);
  return matchesJobId({ jobId: subject, rawId: subject }, jobId) || subject === wanted?.base;
}
