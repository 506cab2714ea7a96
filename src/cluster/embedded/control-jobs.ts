import { NotFoundError, RefusedError, TimeoutError } from '../../core/errors.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { findTasks } from './find-tasks.ts';
import { sendCommand } from './send-command.ts';

export interface ControlRequest {
  readonly kind: 'hold' | 'release' | 'requeue';
  readonly jobIds: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait for the runner. */
const waitMs = 10_000;

/** Carries out what `scontrol` does under these names: for all of the jobs, or for none. */
export async function controlJobs(context: EmbeddedContext, { kind, jobIds, signal }: ControlRequest): Promise<void> {
  if (jobIds.length === 0) return;
  const found = await findTasks(context, jobIds);
  const unknown = jobIds.filter((jobId) => (found.get(jobId)?.tasks ?? []).length === 0);
  if (unknown.length > 0) {
    const hint = 'List jobs with `srunx squeue --embedded`.';
    throw new NotFoundError(`${unknown.join(', ')}: no such job`, { code: 'job.not_found', hint });
  }
  const forbidden = jobIds.find((jobId) => found.get(jobId)?.job?.spec.requeue === false);
  if (kind === 'requeue' && forbidden !== undefined) {
    const facts = { code: 'embedded.no_requeue', hint: 'Submit it again without --no-requeue.' };
    throw new RefusedError(`job ${forbidden} was submitted with --no-requeue`, facts);
  }
  const tasks = [...new Set([...found.values()].flatMap((entry) => entry.tasks.map(({ rawId }) => rawId)))];
  if (await sendCommand(context, { kind, tasks }, { waitMs, signal })) return;
  throw new TimeoutError('the embedded runner has not carried out the command yet', {
    code: 'embedded.runner_busy',
    hint: 'It will as soon as it can; look again with `srunx squeue --embedded`.',
  });
}
