import type { Cluster, SubmissionReport } from '../cluster/cluster.ts';
import { countOf } from '../core/count-of.ts';
import { UsageError } from '../core/errors.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import { compileBatch, tokenOf } from '../engine/compile-batch.ts';
import { describeJobs, type RunDescription } from '../engine/describe-run.ts';
import { createRunId } from '../engine/run-id.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, contextOn, engineContext, openAll, type TargetName } from './app-context.ts';
import { describeOrigin } from './describe-origin.ts';
import { requireRoom } from './find-room.ts';
import { askForCode, gatherProvenance } from './gather-provenance.ts';
import { inOneTurn } from './in-one-turn.ts';
import { logOfJob } from './log-of-job.ts';
import { directoriesOf, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted } from './require-submitted.ts';
import { type Driving, drivingOf, verdictOfPlan } from './verdict-of-plan.ts';

export interface RunWorkflowRequest {
  readonly plan: Plan;
  readonly target: TargetName;
  /** What git says, where it was asked already. */
  readonly code?: ReturnType<typeof askForCode> | undefined;
  readonly repeats?: RunDescription['repeats'];
  readonly onRecorded?: ((runId: string) => void) | undefined;
}

export interface StartedRun {
  readonly runId: string;
  readonly jobs: number;
  /** What must stay alive for the run to finish. */
  readonly verdict: string;
  /** What the cluster does otherwise than asked for. */
  readonly remarks: readonly string[];
}

/** Throws where a job is to work in a directory that is not there: as wrong as a script that is not there. */
export async function requireWorkDirs(
  context: AppContext,
  { plan, target }: Pick<RunWorkflowRequest, 'plan' | 'target'>,
): Promise<void> {
  const { required } = directoriesOf(plan.jobs, (await context.placeOn(target)).cwd);
  await prepareDirectories(context, { target, required, made: [] });
}

/** Records a planned workflow and hands all its jobs over. After that the run needs nobody. */
export async function runWorkflow(context: AppContext, request: RunWorkflowRequest): Promise<StartedRun> {
  const { plan, target, code = askForCode(context, plan.workflow.source) } = request;
  requireJobs(plan);
  const there = await contextOn(context, target);
  await openAll(context, target);
  const [engine] = await inOneTurn([
    engineContext(context, target),
    prepareDirectories(context, { target, ...directoriesOf(plan.jobs, there.cwd) }),
  ]);
  // Wrappers and their payloads lie there; a plain script is copied by Slurm.
  if (plan.jobs.some(({ wrapped }) => wrapped)) requireRunDirectory(engine, there.runRoot);
  const driving = drivingOf(plan, engine);
  await requireRoom(context, { jobs: plan.jobs, target, name: plan.workflow.name });
  const isDriven = driving.because !== undefined;
  const id = createRunId(context.randomBytes);
  const directory = `${there.runRoot}/${id}`;
  const gathered = gatherProvenance(context, { plan, code: await code, directory });
  const { provenance } = gathered;
  const description = await describeRun(there, { ...request, id, provenance, cluster: engine.cluster, driving });
  const text = JSON.stringify(description);
  const options = { runId: id, directory, cwd: there.cwd, description: text, extraFiles: gathered.files, isDriven };
  const batch = compileBatch(plan, options);
  const { kind, name, source, createdAt } = description;
  const run = { id, kind, name, source, target, directory, plan: text, createdAt };
  const jobNames = plan.jobs.map((job) => job.name);
  const report = await startRun(engine, { ...run, batch, jobNames }, { onRecorded: request.onRecorded });
  await requireSubmitted(context, report, { runId: id, jobNames, target });
  return {
    runId: id,
    jobs: plan.jobs.length,
    verdict: isWithdrawn(report) ? 'cancelled while they were handed over' : verdictOfPlan(plan, target, driving),
    remarks: [...(driving.doubt === undefined ? [] : [driving.doubt]), ...(report.remarks ?? [])],
  };
}

/** By `srunx flow cancel`: what follows shows how far it got. */
function isWithdrawn({ outcomes }: SubmissionReport): boolean {
  return [...outcomes.values()].some(({ kind }) => kind === 'withdrawn');
}

async function describeRun(
  context: AppContext,
  {
    plan,
    target,
    repeats,
    id,
    provenance,
    cluster,
    driving: { because },
  }: RunWorkflowRequest & {
    readonly id: string;
    readonly provenance: Provenance;
    readonly cluster: Cluster;
    readonly driving: Driving;
  },
): Promise<RunDescription> {
  const { origin, logFrom } = await describeOrigin(context, { plan, target, id, provenance, cluster });
  return {
    ...origin,
    ...(repeats === undefined ? {} : { repeats }),
    ...(because === undefined ? {} : { driven: because }),
    jobs: describeJobs(plan, (ordinal) => tokenOf(id, ordinal), { isDriven: because !== undefined }).map(
      (job, ordinal) => ({
        ...job,
        log: logOfJob(plan.jobs[ordinal] ?? { script: '', options: [] }, logFrom),
      }),
    ),
    ...(plan.skipped.length === 0 ? {} : { skipped: plan.skipped.map(({ edges: _edges, ...skipped }) => skipped) }),
  };
}

/** Throws where nothing is left to submit. */
function requireJobs({ jobs, skipped }: Plan): void {
  if (jobs.length > 0) return;
  throw new UsageError(`nothing was submitted: of ${countOf(skipped.length, 'job')}, \`when\` leaves out every one`, {
    code: 'workflow.nothing_to_run',
    hint: 'Give another --arg; --dry-run shows why each is skipped.',
  });
}
