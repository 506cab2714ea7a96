import type { SubmissionBatch } from '../cluster/cluster.ts';
import { BugError, RefusedError } from '../core/errors.ts';
import { placeOf } from '../core/sweep/place-of.ts';
import { inMount, type SentCode } from '../core/sync/sent-code.ts';
import { movePlan } from '../core/workflow/move-plan.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import type { SweepPlan } from '../core/workflow/plan-sweep.ts';
import { claimPart, releasePart } from '../engine/claim-part.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import { reduceToken } from '../engine/compile-reduce.ts';
import { type AddedPart, compileSweep } from '../engine/compile-sweep.ts';
import { describeSweep, type RunDescription, type SweepPart } from '../engine/describe-run.ts';
import { growRun, isComplete } from '../engine/grow-run.ts';
import { layOutArrays, type SweepArray } from '../engine/lay-out-arrays.ts';
import { readStoredRun, storedText } from '../engine/run-description.ts';
import { planFile } from '../engine/stored-plan.ts';
import { handoverDirectory, lastNumber, partName, withPart } from '../engine/sweep-parts.ts';
import { type AppContext, contextOn } from './app-context.ts';
import { logOfJob } from './log-of-job.ts';
import { codeOf, type Sending, silentWish } from './place-workflow.ts';
import { type PlannedWindows, planWindows } from './plan-windows.ts';
import { directoriesOf, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted } from './require-submitted.ts';
import { namesOfSubmissions, requireFewArrays, requireRequeue, type StartedSweep, startedOf } from './run-sweep.ts';
import type { SweepAtHand } from './sweep-at-hand.ts';
import { type CodeToSend, withCode } from './with-code.ts';

export interface SweepGrowth {
  /** As a look just now has shown it. */
  readonly sweep: SweepAtHand;
  readonly how: SweepPart['how'];
  /** What is added. */
  readonly plan: SweepPlan;
  /** For each group of the plan, where jobs that do not run again have their values. */
  readonly former?: AddedPart['former'];
  /** Absent: no code of this machine is sent. */
  readonly sending?: Sending | undefined;
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
  const { sweep, plan } = growth;
  const { engine, target } = sweep;
  const there = await contextOn(context, target);
  requireRunDirectory(engine, there.runRoot);
  const after = plan.reduce?.jobs ?? [];
  const ofCells = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  const doubt = requireRequeue({ ofCells, after }, engine);
  requireQuiet(sweep, after);
  const described = describedSweep(sweep);
  return withCode(context, codeToAdd(growth, described), async (sent) => {
    const code = [...(described.code ?? []), ...sent.filter((one) => !isKnown(one, described))];
    const description = code.length === 0 ? described : { ...described, code };
    const { cwd = there.cwd } = description;
    const moved = movePlan(plan, { code, cwd: inMount(cwd, code) });
    const facts = { ...growth, plan: moved, asPlanned: plan, description, cwd };
    return addPart({ context, there }, { ...facts, doubt });
  });
}

/** All of a sweep runs the same: where it has a copy of the code, nothing is sent. */
function codeToAdd({ sending, sweep }: SweepGrowth, { code }: RunDescription): CodeToSend {
  const wish = sending?.wish ?? silentWish;
  const placed = code === undefined ? undefined : sending?.placed;
  if (placed === undefined || code === undefined) return { placed: undefined, wish };
  const copied = code.filter(({ root, remote }) => root !== remote).map(({ mount }) => mount);
  const mounts = placed.mounts.filter(({ mount }) => !copied.includes(mount.name));
  return {
    placed: codeOf({ ...placed, mounts: mounts.map((one) => ({ ...one, snapshot: false })) }, sweep.row.id),
    wish,
  };
}

function isKnown({ mount }: SentCode, { code = [] }: RunDescription): boolean {
  return code.some((one) => one.mount === mount);
}

interface Contexts {
  readonly context: AppContext;
  readonly there: AppContext;
}

async function addPart(
  { context, there }: Contexts,
  { doubt, ...growth }: Omit<GrowthFacts, 'number'> & { readonly doubt: string | undefined },
): Promise<StartedSweep> {
  const { sweep, plan, asPlanned, description, cwd, onRecorded } = growth;
  const { engine, row, target } = sweep;
  const { id } = row;
  const after = plan.reduce?.jobs ?? [];
  const ofCells = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  await prepareDirectories(context, { target, ...directoriesOf([...ofCells, ...after], cwd) });
  const number = await takeNumber(context, { sweep, plan: asPlanned, number: lastNumber(description) + 1 });
  let isRecorded = false;
  try {
    const compiled = await compileGrowth(there, { ...growth, number });
    const { arrays, windows, batch, text } = compiled;
    const jobNames = namesOfSubmissions(plan, arrays, description.sweep.groups.length);
    const options = {
      onRecorded: (runId: string) => {
        isRecorded = true;
        onRecorded?.(runId);
      },
    };
    const report = await growRun(engine, { run: row, plan: text, batch, jobNames }, options);
    await endFormer(context, sweep, after);
    await requireSubmitted(context, report, { runId: id, jobNames, target });
    return startedOf(plan, { runId: id, target, arrays: arrays.length, windows, report, doubt });
  } catch (error) {
    // The number is free again for whoever tries next.
    const release = () => releasePart({ shell: context.shell(target), directory: row.directory, number });
    // What went wrong first is what has to be told.
    if (!isRecorded) await release().catch(() => undefined);
    throw error;
  }
}

interface GrowthFacts extends SweepGrowth {
  readonly asPlanned: SweepPlan;
  readonly description: ReturnType<typeof describedSweep>;
  /** From which the sweep was submitted. */
  readonly cwd: string;
  readonly number: number;
}

interface CompiledGrowth {
  readonly arrays: readonly SweepArray[];
  readonly windows: PlannedWindows | undefined;
  readonly batch: SubmissionBatch;
  readonly text: string;
}

/** As it is submitted, and as the sweep is stored then. */
async function compileGrowth(
  context: AppContext,
  { sweep, plan, asPlanned, how, former = [], description, cwd, number }: GrowthFacts,
): Promise<CompiledGrowth> {
  const { cluster } = sweep.engine;
  const { id, directory } = sweep.row;
  const firstGroup = description.sweep.groups.length;
  const { maxArraySize } = await cluster.capabilities(context.signal);
  const request = {
    plan,
    target: sweep.target,
    engine: sweep.engine,
    id,
    directory: handoverDirectory(directory, number),
  };
  const windows = await planWindows(context, request);
  const arrays = layOutArrays(plan, {
    tokenOf: (position) => tokenOf(partName(id, number), position),
    maxArraySize,
    windows: windows?.starts,
    part: { number, firstGroup },
  });
  if (cluster.kind === 'slurm') requireFewArrays(plan.reduce?.jobs ?? [], arrays);
  const { user } = await cluster.identity(context.signal);
  const added = describeSweep(plan, {
    ...{ arrays, part: number },
    tokenOf: (at) => reduceToken({ runId: id, arrays, part: number, at }),
    logOf: (job) => logOfJob(job, { ...context, cwd, user }),
  });
  const text = storedText(withPart(description, { added, number, how, createdAt: context.now() }));
  const parts = (description.sweep.parts ?? []).map((known) => known.number);
  const part = { number, parts, firstGroup, after: busyArrays(sweep, plan), former };
  const options = { runId: id, directory, cwd, arrays, windows: windows?.batch, description: text, part, asPlanned };
  return { arrays, text, windows, batch: compileSweep(plan, options) };
}

/** With the plan written first: what is recorded and never handed over can be submitted by it later. */
async function takeNumber(
  context: AppContext,
  { sweep, plan, number }: Pick<SweepGrowth, 'sweep' | 'plan'> & { readonly number: number },
): Promise<number> {
  const { directory } = sweep.row;
  const { signal } = context;
  const shell = context.shell(sweep.target);
  const taken = await claimPart({ shell, directory, number, signal });
  await shell.writeFiles([planFile(plan, handoverDirectory(directory, taken))], { signal });
  return taken;
}

/** The jobs after all cells run once more, over all that there is then: those that wait for the former end are not needed any more. */
async function endFormer(
  { signal }: AppContext,
  { engine, run }: SweepAtHand,
  after: readonly PlannedJob[],
): Promise<void> {
  const names = new Set(after.map(({ name }) => name));
  const waiting = run.jobs.filter(({ name, final }) => !final && names.has(name));
  const jobIds = waiting.flatMap(({ jobId }) => jobId ?? []);
  if (jobIds.length > 0) await engine.cluster.cancel({ jobIds, verifyMs: 0, signal });
}

/** What gathers the cells must not do so while they change. */
function requireQuiet({ run }: SweepAtHand, after: readonly PlannedJob[]): void {
  const names = new Set(after.map(({ name }) => name));
  const busy = run.jobs.find(({ name, state }) => names.has(name) && state === 'running');
  if (busy === undefined) return;
  throw new RefusedError(`\`${busy.name}\` of sweep ${run.id} runs at this moment; nothing was submitted`, {
    code: 'sweep.reduce_runs',
    hint: 'It comes after all cells: wait for its end, or cancel it.',
  });
}

/** By the names of the jobs of the workflow, ids of the arrays that have not ended. */
function busyArrays({ run }: SweepAtHand, { groups, maxParallelCells }: SweepPlan): AddedPart['after'] {
  const busy = new Map<string, Set<string>>();
  for (const { name, jobId, final } of run.jobs) {
    const stage = placeOf(name)?.stage;
    if (final || jobId === undefined || stage === undefined) continue;
    busy.set(stage, (busy.get(stage) ?? new Set()).add(jobId.replace(/_.*$/, '')));
  }
  if (maxParallelCells === undefined) return new Map([...busy].map(([stage, ids]) => [stage, [...ids]]));
  // No cell begins before those that are there have ended.
  const all = [...busy.values()].flatMap((ids) => [...ids]);
  return new Map(groups.flatMap(({ stages }) => stages.map(({ job }) => [job.name, all])));
}
