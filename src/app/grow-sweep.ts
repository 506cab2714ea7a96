import { BugError, RefusedError } from '../core/errors.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { type SweepPlan, tasksOf } from '../core/workflow/plan-sweep.ts';
import { claimPart } from '../engine/claim-part.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import { type AddedPart, compileSweep } from '../engine/compile-sweep.ts';
import { describeSweep, type RunDescription, type SweepPart } from '../engine/describe-run.ts';
import { growRun, isComplete } from '../engine/grow-run.ts';
import { layOutArrays, type SweepArray } from '../engine/lay-out-arrays.ts';
import { readStoredRun, storedText } from '../engine/run-description.ts';
import { planFile } from '../engine/stored-plan.ts';
import { handoverDirectory, lastNumber, partName } from '../engine/sweep-parts.ts';
import type { AppContext } from './app-context.ts';
import { logOfJob } from './log-of-job.ts';
import { directoriesOf, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted, verdictOf } from './require-submitted.ts';
import type { StartedSweep } from './run-sweep.ts';
import type { SweepAtHand } from './sweep-at-hand.ts';
import { drivingOf } from './verdict-of-plan.ts';

export interface SweepGrowth {
  /** As a look just now has shown it. */
  readonly sweep: SweepAtHand;
  readonly how: SweepPart['how'];
  /** What is added. */
  readonly plan: SweepPlan;
  /** For each group of the plan, where jobs that do not run again have their values. */
  readonly former?: AddedPart['former'];
  readonly onRecorded?: ((runId: string) => void) | undefined;
}

/** The sweep as it is stored. Throws while a part of it is still being handed over. */
export function describedSweep({ row }: Pick<SweepAtHand, 'row'>): RunDescription & {
  readonly sweep: NonNullable<RunDescription['sweep']>;
} {
  if (!isComplete(row)) {
    throw new RefusedError(`sweep ${row.id} is still being handed over; nothing was submitted`, {
      code: 'sweep.handover_open',
      hint: `\`srunx sweep status ${row.id}\` shows how far it is: wait until all of it is submitted.`,
    });
  }
  const description = readStoredRun(row.plan);
  const { sweep } = description;
  if (sweep === undefined) throw new BugError(`run ${row.id} is no sweep`, { code: 'bug.sweep' });
  return { ...description, sweep };
}

/** Adds to a sweep: new cells, or jobs of cells once more. They run in the places of what is there already, when that has ended. */
export async function growSweep(context: AppContext, growth: SweepGrowth): Promise<StartedSweep> {
  const { sweep, plan, how, former = [], onRecorded } = growth;
  const { engine, row, target } = sweep;
  const { id, directory } = row;
  requireRunDirectory(engine, context.runRoot);
  const jobs = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  const { doubt } = drivingOf({ jobs: jobs.map((job) => ({ ...job, array: 'cells' })) }, engine);
  const description = describedSweep(sweep);
  const { cwd = context.cwd } = description;
  await prepareDirectories(context, { target, ...directoriesOf(jobs, cwd) });
  const number = await takeNumber(context, { growth, number: lastNumber(description) + 1 });
  const firstGroup = description.sweep.groups.length;
  const { maxArraySize } = await engine.cluster.capabilities(context.signal);
  const arrays = layOutArrays(plan, {
    tokenOf: (position) => tokenOf(partName(id, number), position),
    maxArraySize,
    part: { number, firstGroup },
  });
  const { user } = await engine.cluster.identity(context.signal);
  const logOf = (job: Parameters<typeof logOfJob>[0]) => ({
    ...logOfJob(job, { ...context, cwd, user }),
    isArray: true,
  });
  const added = describeSweep(plan, arrays, logOf);
  const text = storedText(withPart(description, { added, part: { number, how, createdAt: context.now() } }));
  const after = busyArrays(sweep);
  const options = { runId: id, directory, cwd, arrays, description: text, part: { number, firstGroup, after, former } };
  const batch = compileSweep(plan, options);
  const jobNames = arrays.map((array) => nameOf(plan, array, firstGroup));
  const report = await growRun(engine, { run: row, plan: text, batch, jobNames }, { onRecorded });
  await requireSubmitted(context, report, { runId: id, jobNames, target });
  return {
    runId: id,
    cells: plan.cells.length,
    tasks: tasksOf(plan),
    arrays: arrays.length,
    verdict: verdictOf(target, { failsFast: plan.failFast !== undefined }),
    remarks: [...(doubt === undefined ? [] : [doubt]), ...(report.remarks ?? [])],
  };
}

/** With the plan written first: what is recorded and never handed over can be submitted by it later. */
async function takeNumber(
  context: AppContext,
  { growth, number }: { readonly growth: SweepGrowth; readonly number: number },
): Promise<number> {
  const { sweep, plan } = growth;
  const { directory } = sweep.row;
  const { signal } = context;
  const shell = context.shell(sweep.target);
  const taken = await claimPart({ shell, directory, number, signal });
  await shell.writeFiles([planFile(plan, handoverDirectory(directory, taken))], { signal });
  return taken;
}

function nameOf({ groups }: SweepPlan, { group, stage }: SweepArray, firstGroup: number): string {
  return groups[group - firstGroup]?.stages[stage]?.job.name ?? '';
}

type Described = ReturnType<typeof describedSweep>;

interface Addition {
  readonly added: Described['sweep'];
  readonly part: SweepPart;
}

function withPart(description: Described, { added, part }: Addition): RunDescription {
  const { sweep } = description;
  const known = new Set(sweep.cells.map(({ index }) => index));
  return {
    ...description,
    sweep: {
      ...sweep,
      cells: [...sweep.cells, ...added.cells.filter(({ index }) => !known.has(index))],
      groups: [...sweep.groups, ...added.groups],
      arrays: [...sweep.arrays, ...added.arrays],
      parts: [...(sweep.parts ?? []), part],
    },
  };
}

/** By the names of the jobs of the workflow, ids of the arrays that have not ended. */
function busyArrays({ run }: SweepAtHand): ReadonlyMap<string, readonly string[]> {
  const busy = new Map<string, Set<string>>();
  for (const { name, jobId, final } of run.jobs) {
    const stage = placeOf(name)?.stage;
    if (final || jobId === undefined || stage === undefined) continue;
    busy.set(stage, (busy.get(stage) ?? new Set()).add(jobId.replace(/_.*$/, '')));
  }
  return new Map([...busy].map(([stage, ids]) => [stage, [...ids]]));
}
