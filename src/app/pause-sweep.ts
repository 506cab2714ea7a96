import { heldReason } from '../core/sweep/held-tasks.ts';
import { formatHeld, heldName, parseHeld } from '../engine/held-file.ts';
import { readWholeFile } from '../engine/read-whole-file.ts';
import type { AppContext } from './app-context.ts';
import { type ControlResult, type ControlVerb, controlJobs } from './control-jobs.ts';
import { holdAsUser, release } from './control-verbs.ts';
import type { JobStatusView, RunStatusView } from './run-status-view.ts';
import { type SweepAtHand, sweepAtHand, wordsFor } from './sweep-at-hand.ts';

export interface ControlledSweep {
  readonly run: RunStatusView;
  /** To which it was to be done. */
  readonly tasks: readonly JobStatusView[];
  /** Held by somebody else, and let alone. */
  readonly others: readonly JobStatusView[];
  /** Of the arrays, or parts of them. */
  readonly results: readonly ControlResult[];
}

/**
 * Holds everything of a sweep that waits, so that only what runs goes on. What is held is written down first: another task that the
 * user holds stays as it is then, now and when the sweep is resumed.
 */
export async function pauseSweep(context: AppContext, word: string): Promise<ControlledSweep> {
  const sweep = await sweepAtHand(context, { word, past: 'held' });
  const waiting = sweep.run.jobs.filter(isWaiting);
  const known = await readHeld(context, sweep);
  const tasks = waiting.filter(({ reason }) => heldReason(reason) === undefined);
  const held = waiting.filter(({ reason }) => heldReason(reason) !== undefined);
  const ours = held.filter(({ name }) => known?.has(name) === true);
  if (tasks.length > 0) await writeHeld(context, sweep, [...ours, ...tasks]);
  const others = held.filter(({ name }) => known?.has(name) !== true);
  // What runs is not to be spared: it goes on, and would be held if it came back into the queue.
  const results = await send(context, { sweep, tasks, spared: others, verb: holdAsUser });
  return { run: sweep.run, tasks, others, results };
}

/** Releases what a pause has held; all that the user has held, where none is known of. */
export async function resumeSweep(context: AppContext, word: string): Promise<ControlledSweep> {
  const sweep = await sweepAtHand(context, { word, past: 'released' });
  const known = await readHeld(context, sweep);
  const isHeld = ({ reason }: JobStatusView) => heldReason(reason) !== undefined;
  const isOurs = ({ name, reason }: JobStatusView) =>
    heldReason(reason) === 'user' && (known === undefined || known.has(name));
  const held = sweep.run.jobs.filter((job) => isWaiting(job) && isHeld(job));
  const tasks = held.filter(isOurs);
  const others = held.filter((job) => !isOurs(job));
  const results = await send(context, { sweep, tasks, spared: others, verb: release });
  if (known !== undefined && results.every(({ outcome }) => outcome !== 'failed' && outcome !== 'denied')) {
    await writeHeld(context, sweep, []);
  }
  return { run: sweep.run, tasks, others, results };
}

function isWaiting({ state, jobId, final }: JobStatusView): boolean {
  return state === 'pending' && jobId !== undefined && !final;
}

interface Order {
  readonly sweep: SweepAtHand;
  readonly tasks: readonly JobStatusView[];
  /** Must not be named together with the tasks of its array. */
  readonly spared: readonly JobStatusView[];
  readonly verb: ControlVerb;
}

async function send(
  context: AppContext,
  { sweep: { target, run }, tasks, spared, verb }: Order,
): Promise<readonly ControlResult[]> {
  const concerned = new Set([...tasks, ...spared]);
  const jobs = run.jobs.filter((job) => concerned.has(job));
  return controlJobs(context, { target, jobIds: wordsFor({ jobs }, tasks), verb });
}

/** Larger than that is no file of ours. */
const maxBytes = 4_000_000;

async function readHeld(context: AppContext, { row, target }: SweepAtHand): Promise<ReadonlySet<string> | undefined> {
  const path = `${row.directory}/${heldName}`;
  const bytes = await readWholeFile(context.shell(target), { path, maxBytes, signal: context.signal });
  return bytes === undefined ? undefined : parseHeld(new TextDecoder().decode(bytes));
}

async function writeHeld(
  context: AppContext,
  { row, target }: SweepAtHand,
  jobs: readonly JobStatusView[],
): Promise<void> {
  const file = { path: `${row.directory}/${heldName}`, content: formatHeld(jobs.map(({ name }) => name)) };
  await context.shell(target).writeFiles([file], { signal: context.signal });
}
