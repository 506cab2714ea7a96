import { endSignals, killSignal, type TaskSignal } from './due-steps.ts';
import type { QueueTask } from './queue.ts';
import { cancelledPending, ending, requeued } from './task-changes.ts';

/** What a client asks of the runner, about tasks by their raw ids. Stored until it is carried out. */
export type Command =
  | { readonly kind: 'cancel' | 'kill' | 'hold' | 'release' | 'requeue'; readonly tasks: readonly number[] }
  | { readonly kind: 'signal'; readonly tasks: readonly number[]; readonly name: string };

export interface CommandEffect {
  readonly task: QueueTask;
  readonly signals: readonly TaskSignal[];
}

/** A command's effect on one task. What makes no sense in its state changes nothing, so a command may be carried out twice. */
export function applyCommand(
  task: QueueTask,
  { command, now }: { readonly command: Command; readonly now: number },
): CommandEffect {
  switch (command.kind) {
    case 'cancel':
      return endTask(task, { now, killed: false });
    case 'kill':
      return endTask(task, { now, killed: true });
    case 'signal': {
      const signal = { rawId: task.rawId, name: command.name, batchOnly: false };
      return { task, signals: task.state.kind === 'running' ? [signal] : [] };
    }
    case 'hold':
    case 'release': {
      const held = command.kind === 'hold';
      return unsignalled(task.state.kind === 'pending' ? { ...task, state: { ...task.state, held } } : task);
    }
    case 'requeue':
      return requeueTask(task, now);
  }
}

function endTask(task: QueueTask, { now, killed }: { readonly now: number; readonly killed: boolean }): CommandEffect {
  const { state, rawId } = task;
  if (state.kind === 'pending') return unsignalled(cancelledPending(task, { at: now }));
  if (state.kind === 'ended') return unsignalled(task);
  // A time limit that was reached before stays the cause.
  const before = state.ending?.cause === 'requeue' ? undefined : state.ending;
  if (before !== undefined && (before.killed || !killed)) return unsignalled(task);
  const request = { cause: 'cancel', since: now, ...before, killed } as const;
  const signals = killed ? [killSignal(rawId)] : endSignals(rawId);
  return { task: ending(task, request), signals };
}

function requeueTask(task: QueueTask, now: number): CommandEffect {
  switch (task.state.kind) {
    case 'pending':
      return unsignalled(task);
    case 'ended':
      return unsignalled(requeued(task));
    case 'running':
      if (task.state.ending !== undefined) return unsignalled(task);
      return {
        task: ending(task, { cause: 'requeue', since: now, killed: false }),
        signals: endSignals(task.rawId),
      };
  }
}

function unsignalled(task: QueueTask): CommandEffect {
  return { task, signals: [] };
}
