import { type JobStatus, parseJobState } from './job-state.ts';
import { splitRecords } from './marked-text.ts';

/** How a job ended, and whose it was: enough to count. */
export interface JobEnding {
  readonly status: JobStatus;
  readonly user: string;
  readonly partition: string;
}

const fields = ['State', 'User', 'Partition'];

/** All states that end a job, by names that every release knows. */
const finalStates = ['BF', 'CA', 'CD', 'DL', 'F', 'NF', 'OOM', 'PR', 'TO'];

/**
 * Arguments of sacct: everybody's jobs that ended since a moment. With a state, `-E` must be given, or nothing is found; and
 * then the two times are about the end, not about the submission.
 */
export function endingArgs({ since, mark }: { readonly since: number; readonly mark: string }): string[] {
  const format = ['-X', '-n', '-p', `--delimiter=${mark}`, '-a'];
  return [...format, '-s', finalStates.join(','), '-S', `uts${Math.floor(since)}`, '-E', 'now', '-o', fields.join(',')];
}

/** Reads the answer to {@link endingArgs}. */
export function parseEndings(text: string, { mark }: { readonly mark: string }): JobEnding[] {
  const marks = { field: mark, record: mark };
  return [...splitRecords(text, { marks, count: fields.length })].map(([state = '', user = '', partition = '']) => ({
    status: parseJobState(state).status,
    user,
    partition,
  }));
}
