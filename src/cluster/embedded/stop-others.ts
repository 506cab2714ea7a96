import type { Draft } from './draft.ts';
import type { Mirror } from './mirror.ts';
import type { QueueJob } from './queue.ts';
import { cancelTask, hasFailed, stopSweep } from './stop-sweep.ts';

/** Ends what a submission has asked to be ended when it fails: a step of the runner's round, directly behind the ends. */
export function stopOthers(draft: Draft, mirror: Mirror): void {
  for (const { before, after } of draft.changes()) {
    const job = before.state.kind === 'running' && hasFailed(after) ? mirror.find(after.rawId)?.job : undefined;
    if (job?.spec.onFailure === undefined) continue;
    const rule = job.spec.onFailure;
    if (rule.ends === 'sweep') {
      if (rule.counts) stopSweep(draft, mirror, rule);
      continue;
    }
    const { ends } = rule;
    for (const other of mirror.open().filter((candidate) => isEndedBy(job, candidate))) {
      for (const task of other.tasks) {
        if (task.state.kind === 'ended' || (ends === 'pending' && task.state.kind !== 'pending')) continue;
        cancelTask(draft, task);
      }
    }
  }
}

/** Its own tasks, too, if it is an array. */
function isEndedBy({ spec: { onFailure } }: QueueJob, { token }: QueueJob): boolean {
  if (onFailure === undefined || onFailure.ends === 'sweep') return false;
  return token.startsWith(onFailure.within) && !onFailure.spare.includes(token);
}
