import { applyCommand, type Command } from './commands.ts';
import { type Decision, decide } from './decide.ts';
import type { Draft } from './draft.ts';
import { dueSteps } from './due-steps.ts';
import type { Mirror } from './mirror.ts';
import type { QueueJob, QueueTask, Resources } from './queue.ts';
import { afterEnd, cancelledPending } from './task-changes.ts';
import type { TaskEnd } from './task-processes.ts';

/** The steps of one round of the runner, each a change of the draft. */

/** A report about an earlier start of the task says nothing about the present one. */
export function applyEnds(draft: Draft, mirror: Mirror, ends: readonly TaskEnd[]): void {
  for (const { rawId, process, report } of ends) {
    const found = mirror.find(rawId);
    if (found?.task.state.kind !== 'running') continue;
    const { pid, start } = found.task.state.process;
    if (pid !== process.pid || start !== process.start) continue;
    draft.change(afterEnd(found.task, { report, spec: found.job.spec }));
  }
}

export function applyCommands(draft: Draft, mirror: Mirror, commands: readonly Command[]): void {
  const now = Date.now();
  for (const command of commands) {
    for (const rawId of command.tasks) {
      const found = mirror.find(rawId);
      if (found === undefined) continue;
      const { task, signals } = applyCommand(found.task, { command, now });
      draft.change(task, signals);
    }
  }
}

export function applyDueSteps(draft: Draft, mirror: Mirror, killWaitMs: number): void {
  const now = Date.now();
  for (const { job, task } of runningTasks(mirror)) {
    const { task: after, signals } = dueSteps(task, { spec: job.spec, now, killWaitMs });
    draft.change(after, signals);
  }
}

/** When the clock asks for the next step of a running task. */
export function nextDue(mirror: Mirror, killWaitMs: number): number {
  const now = Date.now();
  let next = Number.POSITIVE_INFINITY;
  for (const { job, task } of runningTasks(mirror)) {
    const { nextAt, signals } = dueSteps(task, { spec: job.spec, now, killWaitMs });
    next = Math.min(next, signals.length > 0 ? now : (nextAt ?? next));
  }
  return next;
}

export function* runningTasks(mirror: Mirror): Generator<{ readonly job: QueueJob; readonly task: QueueTask }> {
  for (const job of mirror.open()) for (const task of job.tasks) if (task.state.kind === 'running') yield { job, task };
}

/** Decides again as long as jobs are dropped: their own dependents may have to go too. */
export function decideAll(draft: Draft, mirror: Mirror, machine: Resources): Decision {
  for (;;) {
    const now = Date.now();
    const decision = decide({ machine, now, jobs: mirror.open(), parent: (id) => mirror.job(id) });
    if (decision.drop.length === 0) return decision;
    for (const { task } of decision.drop) {
      draft.change(cancelledPending(task, { at: now, reason: 'DependencyNeverSatisfied' }));
    }
  }
}
