import type { Cluster } from '../cluster/cluster.ts';
import { countOf } from '../core/count-of.ts';
import { UsageError } from '../core/errors.ts';
import { type SweepPlan, tasksOf } from '../core/workflow/plan-sweep.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import { compileSweep } from '../engine/compile-sweep.ts';
import { describeSweep, type RunDescription } from '../engine/describe-run.ts';
import { layOutArrays, type SweepArray } from '../engine/lay-out-arrays.ts';
import { storedText } from '../engine/run-description.ts';
import { createRunId } from '../engine/run-id.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { describeOrigin } from './describe-origin.ts';
import { askForCode, gatherProvenance } from './gather-provenance.ts';
import { logOfJob } from './log-of-job.ts';
import { directoriesOf, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted, verdictOf } from './require-submitted.ts';
import { drivingOf } from './verdict-of-plan.ts';

export interface RunSweepRequest {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  /** What git says, where it was asked already. */
  readonly code?: ReturnType<typeof askForCode> | undefined;
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
  /** What must stay alive for the sweep to finish. */
  readonly verdict: string;
  readonly remarks: readonly string[];
}

/** Records a planned sweep and hands it over: an array for each job. After that it needs nobody. */
export async function runSweep(context: AppContext, request: RunSweepRequest): Promise<StartedSweep> {
  const { plan, target, code = askForCode(context, plan.workflow.source) } = request;
  requireTasks(plan);
  const engine = await engineContext(context, target);
  requireRunDirectory(engine, context.runRoot);
  const jobs = plan.groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  // Each of them is an array.
  const { doubt } = drivingOf({ jobs: jobs.map((job) => ({ ...job, array: 'cells' })) }, engine);
  const id = createRunId(context.randomBytes);
  const directory = `${context.runRoot}/${id}`;
  const gathered = gatherProvenance(context, { plan, code: await code, directory });
  const { maxArraySize } = await engine.cluster.capabilities(context.signal);
  const arrays = layOutArrays(plan, { tokenOf: (position) => tokenOf(id, position), maxArraySize });
  const facts = { ...request, id, arrays, provenance: gathered.provenance, cluster: engine.cluster };
  const description = await describe(context, facts);
  const text = storedText(description);
  const { cwd } = context;
  const batch = compileSweep(plan, {
    runId: id,
    directory,
    cwd,
    arrays,
    description: text,
    extraFiles: gathered.files,
  });
  await prepareDirectories(context, { target, ...directoriesOf(jobs, cwd) });
  const { kind, name, source, createdAt } = description;
  const run = { id, kind, name, source, target, directory, plan: text, createdAt };
  const jobNames = arrays.map(({ group, stage }) => plan.groups[group]?.stages[stage]?.job.name ?? '');
  const { onRecorded, beforeSubmission } = request;
  const report = await startRun(engine, { ...run, batch, jobNames }, { onRecorded, beforeSubmission });
  await requireSubmitted(context, report, { runId: id, jobNames, target });
  const isWithdrawn = [...report.outcomes.values()].some((outcome) => outcome.kind === 'withdrawn');
  return {
    runId: id,
    cells: plan.cells.length,
    tasks: tasksOf(plan),
    arrays: arrays.length,
    verdict: isWithdrawn
      ? 'cancelled while they were handed over'
      : verdictOf(target, { failsFast: plan.failFast !== undefined }),
    remarks: [...(doubt === undefined ? [] : [doubt]), ...(report.remarks ?? [])],
  };
}

interface SweepFacts extends RunSweepRequest {
  readonly id: string;
  readonly arrays: readonly SweepArray[];
  readonly provenance: Provenance;
  readonly cluster: Cluster;
}

async function describe(context: AppContext, { arrays, ...facts }: SweepFacts): Promise<RunDescription> {
  const { origin, logFrom } = await describeOrigin(context, facts);
  const { through } = facts;
  const sweep = describeSweep(facts.plan, arrays, (job) => ({ ...logOfJob(job, logFrom), isArray: true }));
  return { ...origin, ...(through === undefined ? {} : { through }), jobs: [], sweep };
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
