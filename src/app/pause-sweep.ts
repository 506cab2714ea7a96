import { heldReason } from '../core/slurm/held-reason.ts';
import type { AppContext } from './app-context.ts';
import { type ControlResult, type ControlVerb, controlJobs } from './control-jobs.ts';
import { holdAsUser, release } from './control-verbs.ts';
import { readHeld, writeHeld } from './held-tasks.ts';
import { pauseHandover } from './pause-handover.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { type SweepAtHand, sweepAtHand, wordsFor } from './sweep-at-hand.ts';

export interface ControlledSweep {
  readonly run: RunStatusView;
  /** To which it was to be done. */
  readonly tasks: readonly JobStatusView[];
  /** Held by somebody else, and let alone. */
  readonly others: readonly JobStatusView[];
  /** Ids that name those. */
  readonly otherIds: readonly string[];
  /** Of the arrays, or parts of them. */
  readonly results: readonly ControlResult[];
}

/**
 * Holds everything of a sweep that waits, so that only what runs goes on. What is held is written down first: another task that the
 * user holds stays as it is then, now and when the sweep is resumed.
 */
export async function pauseSweep(context: AppContext, word: string): Promise<ControlledSweep> {
  const sweep = await sweepAtHand(context, { word, past: 'held' });
  const known = await readHeld(context, sweep);
  const waiting = sweep.run.jobs.filter(isWaiting);
  const tasks = waiting.filter((job) => !isHeld(job));
  const ours = waiting.filter((job) => isHeld(job) && known.has(job.name));
  const others = waiting.filter((job) => isHeld(job) && !known.has(job.name));
  await pauseHandover(context, sweep, 'hold');
  if (tasks.length === 0) return send(context, { sweep, tasks, others, back: [], verb: holdAsUser });
  // What runs goes on, and is held when it comes back into the queue.
  const back = sweep.run.jobs.filter(isRunning);
  await writeHeld(
    context,
    sweep,
    [...ours, ...tasks, ...back].map(({ name }) => name),
  );
  context.reach?.('pause-noted');
  return send(context, { sweep, tasks, others, back, verb: holdAsUser });
}

/** Releases what a pause has held, and nothing else. */
export async function resumeSweep(context: AppContext, word: string): Promise<ControlledSweep> {
  const sweep = await sweepAtHand(context, { word, past: 'released' });
  const known = await readHeld(context, sweep);
  const held = sweep.run.jobs.filter((job) => isWaiting(job) && isHeld(job));
  const isOurs = ({ name, reason }: JobStatusView) => heldReason(reason) === 'user' && known.has(name);
  const tasks = held.filter(isOurs);
  const others = held.filter((job) => !isOurs(job));
  const back = sweep.run.jobs.filter((job) => isRunning(job) && known.has(job.name));
  await pauseHandover(context, sweep, 'release');
  const done = await send(context, { sweep, tasks, others, back, verb: release });
  context.reach?.('resume-sent');
  const isWhole = done.results.every(({ outcome }) => outcome !== 'failed' && outcome !== 'denied');
  if (known.size > 0 && isWhole) await writeHeld(context, sweep, []);
  return done;
}

function isWaiting({ state, jobId, final }: JobStatusView): boolean {
  return state === 'pending' && jobId !== undefined && !final;
}

function isRunning({ state, jobId, final }: JobStatusView): boolean {
  return state === 'running' && jobId !== undefined && !final;
}

function isHeld({ reason }: JobStatusView): boolean {
  return heldReason(reason) !== undefined;
}

interface Order extends Pick<ControlledSweep, 'tasks' | 'others'> {
  readonly sweep: SweepAtHand;
  /** It is done to these, too, for the time when they come back into the queue. */
  readonly back: readonly JobStatusView[];
  readonly verb: ControlVerb;
}

async function send(
  context: AppContext,
  { sweep: { target, run }, tasks, others, back, verb }: Order,
): Promise<ControlledSweep> {
  const meant = new Set([...tasks, ...back]);
  // Others must not be named together with the tasks of their array.
  const concerned = new Set([...meant, ...others]);
  const jobs = run.jobs.filter((job) => concerned.has(job));
  const jobIds = wordsFor(
    { jobs },
    jobs.filter((job) => meant.has(job)),
  );
  const results = await controlJobs(context, { target, jobIds, verb });
  return { run, tasks, others, otherIds: wordsFor(run, others), results };
}
