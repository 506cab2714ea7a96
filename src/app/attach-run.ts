import { RefusedError } from '../core/errors.ts';
import { type TransitionRow, transitionsSince } from '../store/jobs.ts';
import type { AppContext } from './app-context.ts';
import { findRunNamed } from './find-run.ts';
import { followRun, type RunView } from './follow-run.ts';
import { knownTarget, refreshRun } from './refresh-runs.ts';
import { viewRun } from './run-status-view.ts';

export interface AttachRequest {
  /** An id, the beginning of one, or the path of a plan directory; the newest run where there is none. */
  readonly word: string | undefined;
  readonly intervalSeconds: number | undefined;
  /** Told before anything else, so that an interrupt can say how to come back. */
  readonly onFound: (runId: string) => void;
  readonly onSilence: (message: string) => void;
}

/**
 * Follows a run that was handed over before, from wherever: its history first, then what happens until all its jobs have
 * ended. Of one that has ended already its cluster is asked once, and need not answer.
 */
export async function* attachRun(context: AppContext, request: AttachRequest): AsyncGenerator<RunView> {
  const { word, intervalSeconds, onFound, onSilence } = request;
  const { run: row, stale } = await findRunNamed(context, word);
  onFound(row.id);
  for (const { message } of stale) onSilence(message);
  const store = await context.store();
  const before = transitionsSince(store, { runId: row.id, seq: 0 });
  const unseen = await refreshRun(context, row);
  const history = [...before, ...latest(transitionsSince(store, { runId: row.id, seq: seqOf(before) }))];
  const run = viewRun(store, row, { hasOutlook: true });
  if (run.jobs.every(({ final }) => final)) {
    yield { run, changes: history };
    return;
  }
  const target = knownTarget(context, row);
  const other = unseen.find(({ isElsewhere }) => isElsewhere);
  if (target === undefined || other !== undefined) {
    throw new RefusedError(`run ${row.id} cannot be followed from here: ${(other ?? unseen[0])?.message}`, {
      code: 'run.elsewhere',
      hint: `\`srunx flow status ${row.id}\` shows what is known of it; attach to it on a machine of its cluster.`,
    });
  }
  let told = history;
  for await (const { changes, ...view } of followRun(context, {
    ...{ runId: row.id, target, intervalSeconds, onSilence },
    since: seqOf(history),
  })) {
    yield { ...view, changes: [...told, ...changes] };
    told = [];
  }
}

/** Of what one look has found out, what holds now: a job that ended long ago is not told to be pending first. */
function latest(changes: readonly TransitionRow[]): TransitionRow[] {
  const last = new Map(changes.map(({ ordinal, seq }) => [ordinal, seq]));
  return changes.filter(({ ordinal, seq }) => last.get(ordinal) === seq);
}

function seqOf(changes: readonly TransitionRow[]): number {
  return changes.at(-1)?.seq ?? 0;
}
