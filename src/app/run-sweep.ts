import type { Cluster, SubmissionReport } from '../cluster/cluster.ts';
import { countOf } from '../core/count-of.ts';
import { BugError, RefusedError, UsageError } from '../core/errors.ts';
import { inMount, type SentCode } from '../core/sync/sent-code.ts';
import { requireShortDependencies } from '../core/workflow/check-dependency-length.ts';
import { movePlan } from '../core/workflow/move-plan.ts';
import type { PlannedJob } from '../core/workflow/plan.ts';
import { type SweepPlan, scriptOfCell, tasksOf } from '../core/workflow/plan-sweep.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import { cellsInTurn } from '../engine/cell-turns.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import { reduceToken } from '../engine/compile-reduce.ts';
import { compileSweep } from '../engine/compile-sweep.ts';
import { describeSweep, hasAttempts, type RunDescription } from '../engine/describe-run.ts';
import type { EngineContext } from '../engine/engine-context.ts';
import { layOutArrays, type SweepArray } from '../engine/lay-out-arrays.ts';
import { nameInCell, storedText } from '../engine/run-description.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, engineContext, openAll, type TargetName } from './app-context.ts';
import { describeOrigin } from './describe-origin.ts';
import { askForCode, gatherProvenance } from './gather-provenance.ts';
import { inOneTurn } from './in-one-turn.ts';
import { logOfJob } from './log-of-job.ts';
import { codeOf, contextOfRun, type Sending, silentWish } from './place-workflow.ts';
import { type PlannedWindows, planWindows, verdictOfWindows } from './plan-windows.ts';
import { directoriesOfRun, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted, verdictOf } from './require-submitted.ts';
import { drivingOf } from './verdict-of-plan.ts';
import { withCode } from './with-code.ts';

export interface RunSweepRequest {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  /** What git says, where it was asked already. */
  readonly code?: ReturnType<typeof askForCode> | undefined;
  /** Absent: no code of this machine is sent. */
  readonly sending?: Sending | undefined;
  readonly onRecorded?: ((runId: string) => void) | undefined;
  /** Awaited when the sweep is recorded with all that another process needs to go on. */
  readonly beforeSubmission?: (() => Promise<void>) | undefined;
  /** Absent: the command line. */
  readonly through?: RunDescription['through'];
}

export interface StartedSweep {
  readonly runId: string;
  readonly cells: number;
  readonly tasks: number;
  readonly arrays: number;
  /** Jobs after all cells. */
  readonly after: number;
  /** What must stay alive for the sweep to finish. */
  readonly verdict: string;
  readonly remarks: readonly string[];
}

/** Sends the code of a planned sweep, records it and hands it over: an array for each job. After that it needs nobody. */
export async function runSweep(context: AppContext, request: RunSweepRequest): Promise<StartedSweep> {
  const { plan, target, code = askForCode(context, plan.workflow.source), sending, beforeSubmission } = request;
  requireTasks(plan);
  const { id } = plan;
  if (id === undefined) throw new BugError('a sweep that was only looked at is to run', { code: 'bug.sweep' });
  await openAll(context, target);
  const toSend = { placed: codeOf(sending?.placed, id), wish: sending?.wish ?? silentWish };
  const submit = (sent: readonly SentCode[]) => handOver(context, { ...request, code, id, sent });
  // Nobody knows how long that waits: no mount is locked meanwhile.
  if (beforeSubmission !== undefined) return submit(await withCode(context, toSend, async (sent) => sent));
  return withCode(context, toSend, submit);
}

interface Handover extends RunSweepRequest {
  readonly code: NonNullable<RunSweepRequest['code']>;
  readonly id: string;
  readonly sent: readonly SentCode[];
}

async function handOver(context: AppContext, request: Handover): Promise<StartedSweep> {
  const { target, code, id, sent } = request;
  const there = await contextOfRun(context, request);
  const plan = movePlan(request.plan, { code: sent, cwd: inMount(there.cwd, sent) });
  const after = plan.reduce?.jobs ?? [];
  const ofCells = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  const [engine] = await inOneTurn([
    engineContext(context, target),
    prepareDirectories(context, { target, ...directoriesOfRun([...ofCells, ...after], { cwd: there.cwd, sent }) }),
  ]);
  requireRunDirectory(engine, there.runRoot);
  const doubt = requireRequeue({ ofCells, after }, engine);
  const directory = `${there.runRoot}/${id}`;
  const gathered = gatherProvenance(context, { plan, code: await code, directory });
  const { maxArraySize, version } = await engine.cluster.capabilities(context.signal);
  if (engine.cluster.kind === 'slurm') requireTurns(plan, version);
  const windows = await planWindows(there, { plan, target, engine, id, directory });
  const arrays = layOutArrays(plan, {
    tokenOf: (position) => tokenOf(id, position),
    maxArraySize,
    windows: windows?.starts,
  });
  if (target !== 'embedded') requireFewArrays(after, arrays);
  const facts = { ...request, plan, arrays, provenance: gathered.provenance, cluster: engine.cluster };
  const description = await describe(there, facts);
  const text = storedText(description);
  const { cwd } = there;
  const batch = compileSweep(plan, {
    ...{ runId: id, directory, cwd, arrays, description: text, asPlanned: request.plan },
    windows: windows?.batch,
    extraFiles: gathered.files,
  });
  const { kind, name, source, createdAt } = description;
  const run = { id, kind, name, source, target, directory, plan: text, createdAt };
  const jobNames = namesOfSubmissions(plan, arrays);
  const { onRecorded, beforeSubmission } = request;
  const recorded = { ...run, batch, jobNames, scripts: scriptsOf(plan) };
  const report = await startRun(engine, recorded, { onRecorded, beforeSubmission });
  await requireSubmitted(context, report, { runId: id, jobNames, target });
  return startedOf(plan, { runId: id, target, arrays: arrays.length, windows, report, doubt });
}

interface HandedOver {
  readonly runId: string;
  readonly target: TargetName;
  readonly arrays: number;
  readonly windows: PlannedWindows | undefined;
  readonly report: SubmissionReport;
  /** What nobody has made sure of. */
  readonly doubt: string | undefined;
}

/** What there is to say of a sweep, or of what was added to one, that is submitted. */
export function startedOf(
  plan: SweepPlan,
  { runId, target, arrays, windows, report, doubt }: HandedOver,
): StartedSweep {
  const isWithdrawn = [...report.outcomes.values()].some((outcome) => outcome.kind === 'withdrawn');
  const whole = () => verdictOf(target, { failsFast: plan.failFast !== undefined });
  return {
    ...{ runId, cells: plan.cells.length, tasks: tasksOf(plan), arrays, after: plan.reduce?.jobs.length ?? 0 },
    verdict: isWithdrawn
      ? 'cancelled while they were handed over'
      : (verdictOfWindows({ windows, report, runId }) ?? whole()),
    remarks: [...(doubt === undefined ? [] : [doubt]), ...(report.remarks ?? [])],
  };
}

/** Where they are not the same in all cells, that of the first cell stands for all of its group: there may be ten thousand. */
function scriptsOf({ groups }: SweepPlan): ReadonlyMap<string, string> {
  return new Map(
    groups.flatMap(({ cells: [first], stages }) =>
      stages.flatMap((stage): [string, string][] =>
        first === undefined || stage.varies.script === undefined
          ? []
          : [[nameInCell(stage.job.name, first), scriptOfCell(stage, 0)]],
      ),
    ),
  );
}

/** Throws where cells have to wait for each other, and Slurm takes the tasks of an array for one job when it looks for circles. */
function requireTurns(plan: SweepPlan, version: string): void {
  const [, year = '0', month = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (cellsInTurn(plan) === undefined || Number(year) * 100 + Number(month) >= 2205) return;
  throw new RefusedError(
    `max_parallel_cells needs Slurm 22.05 or later, and this is ${version}; nothing was submitted`,
    {
      code: 'sweep.max_parallel_cells',
      hint: 'Leave it out: `max_parallel` limits the tasks of each job.',
    },
  );
}

/** Of the jobs, in the order of what is submitted; `firstGroup`: of what is added to a sweep. */
export function namesOfSubmissions(plan: SweepPlan, arrays: readonly SweepArray[], firstGroup = 0): readonly string[] {
  const ofArrays = arrays.map(({ group, stage }) => plan.groups[group - firstGroup]?.stages[stage]?.job.name ?? '');
  return [...ofArrays, ...(plan.reduce?.jobs ?? []).map(({ name }) => name)];
}

interface SweepFacts extends Omit<Handover, 'code'> {
  readonly arrays: readonly SweepArray[];
  readonly provenance: Provenance;
  readonly cluster: Cluster;
}

async function describe(context: AppContext, { arrays, ...facts }: SweepFacts): Promise<RunDescription> {
  const { origin, logFrom } = await describeOrigin(context, facts);
  const { id, plan, through } = facts;
  const sweep = describeSweep(plan, {
    arrays,
    tokenOf: (at) => reduceToken({ runId: id, arrays, at }),
    logOf: (job) => logOfJob(job, logFrom),
  });
  const skipped = plan.reduce?.skipped.map(({ name, reason }) => ({ name, reason })) ?? [];
  return {
    ...origin,
    ...(through === undefined ? {} : { through }),
    jobs: [],
    sweep,
    ...(skipped.length === 0 ? {} : { skipped }),
  };
}

/** Throws where jobs have attempts and cannot put themselves back into the queue; says what nobody has made sure of. */
export function requireRequeue(
  { ofCells, after }: { readonly ofCells: readonly PlannedJob[]; readonly after: readonly PlannedJob[] },
  engine: EngineContext,
): string | undefined {
  // Each of the cells' is an array.
  const { doubt } = drivingOf({ jobs: ofCells.map((job) => ({ ...job, array: 'cells' })) }, engine);
  const single = drivingOf({ jobs: after }, engine);
  if (single.because === undefined) return doubt ?? single.doubt;
  const retried = after.find(hasAttempts)?.name;
  throw new RefusedError(
    `jobs of ${engine.cluster.target} cannot put themselves back into the queue, and \`${retried}\` of \`reduce\` has \`retry\` or \`checkpoint\`; nothing was submitted`,
    {
      code: 'nodes.requeue',
      detail: single.because,
      hint: 'Leave out what needs it. If that was put right, `srunx doctor --job` (with -p PARTITION) tests again.',
    },
  );
}

/** Throws for so many arrays that sbatch cannot be told that a job waits for all of them. */
export function requireFewArrays(after: readonly PlannedJob[], arrays: readonly SweepArray[]): void {
  const ends = arrays.map(({ token }) => ({ type: 'afterany', parent: token }) as const);
  requireShortDependencies(after.map(({ name, edges }) => ({ name, edges: [...ends, ...edges] })));
}

/** Throws where nothing is left to submit. */
function requireTasks(plan: SweepPlan): void {
  if (tasksOf(plan) > 0) return;
  const cells = countOf(plan.cells.length, 'cell');
  throw new UsageError(`nothing was submitted: of ${cells}, \`when\` leaves out every job`, {
    code: 'workflow.nothing_to_run',
    hint: 'Give other values; `srunx flow plan` shows what is left.',
  });
}
