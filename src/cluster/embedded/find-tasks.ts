import { existsSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { hasTask, type ParsedJobId, parseJobId } from '../../core/slurm/job-id.ts';
import { databasePath, query } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import type { QueueJob, QueueTask } from './queue.ts';
import { findJob, findNumber } from './rows.ts';

export interface FoundTasks {
  /** `undefined`: no such job. */
  readonly job: QueueJob | undefined;
  /** Those of its tasks that the id names. */
  readonly tasks: readonly QueueTask[];
}

/** What each id names, as it is now. Throws a UsageError for what is no id. */
export async function findTasks(
  context: EmbeddedContext,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, FoundTasks>> {
  const found = new Map<string, FoundTasks>();
  const jobs = new Map<string, QueueJob | undefined>();
  for (const jobId of jobIds) {
    const id = requireJobId(jobId);
    const job = jobs.has(id.base) ? jobs.get(id.base) : await jobOf(context, Number(id.base));
    jobs.set(id.base, job);
    found.set(jobId, { job, tasks: job === undefined ? [] : tasksOf(job, id) });
  }
  return found;
}

function requireJobId(jobId: string): ParsedJobId {
  const id = parseJobId(jobId);
  if (id !== undefined) return id;
  const hint = 'Write ids as squeue shows them: 4711, 4711_3, 4711_[0-9].';
  throw new UsageError(`\`${jobId}\` is not a job id`, { code: 'usage.job_id', hint });
}

async function jobOf(context: EmbeddedContext, number: number): Promise<QueueJob | undefined> {
  if (!existsSync(databasePath(context.stateDir))) return undefined;
  const queue = context.queueForReading();
  return query(queue, () => {
    const found = findNumber(queue.db, number);
    return found === undefined ? undefined : findJob(queue.db, found.job);
  });
}

function tasksOf(job: QueueJob, { base, task, hetOffset }: ParsedJobId): readonly QueueTask[] {
  if (hetOffset !== undefined) return [];
  // The number of one task names that task alone.
  if (Number(base) !== job.id) return task === undefined ? job.tasks.filter(({ rawId }) => `${rawId}` === base) : [];
  if (task === undefined) return job.tasks;
  return job.tasks.filter(({ index }) => {
    if (index === undefined) return false;
    return task.kind === 'index' ? task.index === index : hasTask(task.set, index);
  });
}
