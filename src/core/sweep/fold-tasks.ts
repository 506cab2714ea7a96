import { formatTaskSet, parseJobId } from '../slurm/job-id.ts';
import { taskSetOf } from '../slurm/task-set-of.ts';

interface Tasks {
  /** Job ids that something is to be done to. */
  readonly meant: readonly string[];
  /** Job ids that must be spared. */
  readonly spared: readonly string[];
}

/**
 * The fewest ids that name all that is meant, with what each of them stands for, in the order in which they first appear: of an array
 * of which nothing is to be spared its own id, else a set of its tasks (`12_[0-3,7]`). What is no task of an array stands for itself.
 */
export function foldTasks({ meant, spared }: Tasks): ReadonlyMap<string, readonly string[]> {
  const sparedArrays = new Set(spared.flatMap((jobId) => arrayOf(jobId) ?? []));
  const folded = new Map<string, readonly string[]>();
  for (const [key, members] of Map.groupBy(meant, (jobId) => arrayOf(jobId) ?? jobId)) {
    const [first = ''] = members;
    if (arrayOf(first) === undefined) folded.set(first, members);
    else if (!sparedArrays.has(key)) folded.set(key, members);
    else folded.set(members.length === 1 ? first : `${key}_[${setOf(members)}]`, members);
  }
  return folded;
}

/** The id of the array of which a job is one task. */
function arrayOf(jobId: string): string | undefined {
  const id = parseJobId(jobId);
  return id?.task?.kind === 'index' ? id.base : undefined;
}

function setOf(members: readonly string[]): string {
  const indices = members.flatMap((jobId) => {
    const task = parseJobId(jobId)?.task;
    return task?.kind === 'index' ? [task.index] : [];
  });
  return formatTaskSet(taskSetOf([...new Set(indices)].sort((a, b) => a - b)));
}
