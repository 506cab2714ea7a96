import { RefusedError } from '../core/errors.ts';
import type { Selection } from '../core/workflow/graph.ts';
import type { Plan } from '../core/workflow/plan.ts';
import { type LeftJob, reducePlan, requireWriters, selectPlanned } from '../core/workflow/reduce-plan.ts';
import { selectRetry } from '../core/workflow/select-retry.ts';
import { hashOfPlan } from '../engine/stored-plan.ts';
import type { AppContext } from './app-context.ts';
import { findStoredRun, jobsByName, type StoredRun } from './find-stored-run.ts';
import { readExports } from './read-exports.ts';
import type { RunWorkflowRequest } from './run-workflow.ts';

/** A run that is to be done again, as a new run: what is submitted, and from where. */
export interface Repetition extends Pick<StoredRun, 'plan' | 'description' | 'target' | 'from' | 'stale'> {
  readonly repeats: NonNullable<RunWorkflowRequest['repeats']>;
}

/** All jobs of a run, or a selection, from its stored plan. Sends nothing. */
export async function planRerun(
  context: AppContext,
  { id, selection }: { readonly id: string; readonly selection: Selection },
): Promise<Repetition> {
  const run = await findStoredRun(context, id);
  const selected = selectPlanned(run.plan, selection);
  if (selected.size === run.plan.jobs.length) return repetitionOf(run, { plan: leftOutBefore(run), how: 'rerun' });
  const ends = jobsByName(run);
  const left = new Map<string, Omit<LeftJob, 'values'>>();
  for (const { name } of run.plan.jobs) {
    const { state = 'waiting', final = false, ignored = false } = ends.get(name) ?? {};
    if (!selected.has(name)) left.set(name, { state, final, ignored, run: run.view.id });
  }
  const plan = reducePlan(run.plan, { left: await withValues(run, left), because: 'selection', hash: hashOfPlan });
  requireWriters(plan, run.view.id);
  return repetitionOf(run, { plan, how: 'rerun' });
}

/** What the run itself had left to an earlier one: that was judged when it was made, and is not judged again. */
function leftOutBefore({ plan, view }: StoredRun): Plan {
  const skipped = plan.skipped.map((job) =>
    job.run === undefined || job.reason.startsWith(asBefore)
      ? job
      : { ...job, reason: `${asBefore} ${view.id}, which had it from run ${job.run}` },
  );
  return { ...plan, skipped };
}

const asBefore = 'left out as in run';

/** What did not come to a good end in a run, and everything after it. Throws while some of its jobs move, unless that is accepted. */
export async function planRetry(
  context: AppContext,
  { id, force }: { readonly id: string; readonly force: boolean },
): Promise<Repetition> {
  const run = await findStoredRun(context, id);
  const ends = jobsByName(run);
  if (!force) requireEnded(run);
  const again = selectRetry(run.plan.jobs, ends);
  const left = new Map<string, Omit<LeftJob, 'values'>>();
  for (const { name } of run.plan.jobs) {
    const end = ends.get(name);
    if (end === undefined || again.has(name)) continue;
    const { state, final, ignored, reason } = end;
    const where = `in run ${run.view.id}`;
    const words = final ? `${state} ${where}` : `is still ${state} ${where}`;
    const why = state === 'skipped' && reason !== undefined ? `${words}: ${reason}` : words;
    left.set(name, { state, final, ignored, run: run.view.id, reason: why });
  }
  const plan = reducePlan(run.plan, { left: await withValues(run, left), because: 'done', hash: hashOfPlan });
  requireWriters(plan, run.view.id);
  return repetitionOf(run, { plan, how: 'retry' });
}

function repetitionOf(
  { view, description, target, from, stale }: StoredRun,
  { plan, how }: { readonly plan: Plan; readonly how: Repetition['repeats']['how'] },
): Repetition {
  // The script is that of the run, whatever has become of the user's file.
  const jobs = plan.jobs.map(({ inPlace: _inPlace, ...job }) => job);
  return { plan: { ...plan, jobs }, description, target, from, stale, repeats: { run: view.id, how } };
}

function requireEnded({ view, stale }: StoredRun): void {
  const alive = view.jobs.filter(({ final }) => !final);
  const [first] = alive;
  if (first === undefined) return;
  const others = alive.length > 1 ? ` and ${alive.length - 1} more of its jobs have` : ' has';
  const [silent] = stale;
  throw new RefusedError(`run ${view.id} is not over: ${first.name} (${first.state})${others} not ended`, {
    code: 'run.not_over',
    detail: silent === undefined ? '' : `${silent.message}; ${silent.target} is known as it was seen last`,
    hint: `Wait for its end (\`srunx flow status ${view.id}\`), or add --force: what still moves is left alone, and what needs it is skipped.`,
  });
}

/** What the jobs that completed have written. */
async function withValues(
  { plan, view, description, target, from }: StoredRun,
  left: ReadonlyMap<string, Omit<LeftJob, 'values'>>,
): Promise<ReadonlyMap<string, LeftJob>> {
  const tokens = new Map(description.jobs.map(({ name, token }) => [name, token]));
  const { signal } = from;
  const isWriter = ({ name, wrapped }: Plan['jobs'][number]) => wrapped && left.get(name)?.state === 'completed';
  const writers = new Set(plan.jobs.filter(isWriter).map(({ name }) => name));
  const none = new Map<string, string>();
  const values = writers.size === 0 ? none : await readExports(from.shell(target), { ...view, signal });
  const valuesOf = (name: string) => (writers.has(name) ? values.get(tokens.get(name) ?? '') : undefined);
  return new Map([...left].map(([name, job]) => [name, { ...job, values: valuesOf(name) }]));
}
