import type { SweepStopRule } from '../cluster.ts';
import { applyCommand } from './commands.ts';
import type { Draft } from './draft.ts';
import type { Mirror } from './mirror.ts';
import type { EndWord, QueueTask } from './queue.ts';

/** A job that somebody has cancelled has not failed. */
const failures: readonly EndWord[] = ['FAILED', 'TIMEOUT', 'NODE_FAIL'];

export function hasFailed({ state }: QueueTask): boolean {
  return state.kind === 'ended' && failures.includes(state.word);
}

export function cancelTask(draft: Draft, task: QueueTask): void {
  const effect = applyCommand(task, { command: { kind: 'cancel', tasks: [task.rawId] }, now: Date.now() });
  draft.change(effect.task, effect.signals);
}

interface CellTask {
  readonly rule: SweepStopRule;
  readonly cell: number;
  readonly task: QueueTask;
}

/** Where so many cells have failed that the sweep ends: its cells that have not begun, or everything but what answers failures. */
export function stopSweep(
  draft: Draft,
  mirror: Mirror,
  { within, after, cancelRunning }: SweepStopRule & { readonly within: string },
): void {
  const tasks = [...mirror.open(), ...mirror.finished()].flatMap(({ spec, tasks: ofArray }): CellTask[] => {
    const rule = spec.onFailure;
    if (rule?.ends !== 'sweep' || rule.within !== within) return [];
    return ofArray.map((task) => ({ rule, cell: (task.index ?? 0) + rule.offset, task }));
  });
  const failed = cellsOf(tasks.filter(({ rule, task }) => rule.counts && hasFailed(task)));
  if (failed.size < after) return;
  const busy = cellsOf(tasks.filter(({ rule, task }) => hasBegun(task) || (rule.role === 'root' && !waits(task))));
  // Nothing starts before this round is over, so their order does not matter.
  for (const { rule, cell, task } of tasks) {
    const isSpared = rule.role === 'final' || (rule.role === 'handler' && failed.has(cell));
    const isEnded = task.state.kind !== 'ended' && (!busy.has(cell) || (cancelRunning && !isSpared));
    if (isEnded) cancelTask(draft, task);
  }
}

function cellsOf(tasks: readonly CellTask[]): ReadonlySet<number> {
  return new Set(tasks.map(({ cell }) => cell));
}

function waits({ state }: QueueTask): boolean {
  return state.kind === 'pending';
}

function hasBegun({ state, restarts }: QueueTask): boolean {
  return restarts > 0 || state.kind === 'running' || (state.kind === 'ended' && state.startedAt !== undefined);
}
