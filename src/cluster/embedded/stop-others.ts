import { applyCommand } from './commands.ts';
import type { Draft } from './draft.ts';
import type { Mirror } from './mirror.ts';
import type { EndWord, QueueJob } from './queue.ts';

/** A job that somebody has cancelled has not failed. */
const failures: readonly EndWord[] = ['FAILED', 'TIMEOUT', 'NODE_FAIL'];

/** Ends what a submission has asked to be ended when it fails: a step of the runner's round, directly behind the ends. */
export function stopOthers(draft: Draft, mirror: Mirror): void {
  const now = Date.now();
  for (const { before, after } of draft.changes()) {
    const hasFailed =
      before.state.kind === 'running' && after.state.kind === 'ended' && failures.includes(after.state.word);
    const job = hasFailed ? mirror.find(after.rawId)?.job : undefined;
    if (job?.spec.onFailure === undefined) continue;
    const { ends } = job.spec.onFailure;
    for (const other of mirror.open().filter((candidate) => isEndedBy(job, candidate))) {
      for (const task of other.tasks) {
        if (task.state.kind === 'ended' || (ends === 'pending' && task.state.kind !== 'pending')) continue;
        const effect = applyCommand(task, { command: { kind: 'cancel', tasks: [task.rawId] }, now });
        draft.change(effect.task, effect.signals);
      }
    }
  }
}

/** Its own tasks, too, if it is an array. */
function isEndedBy({ spec: { onFailure } }: QueueJob, { token }: QueueJob): boolean {
  return onFailure !== undefined && token.startsWith(onFailure.within) && !onFailure.spare.includes(token);
}
