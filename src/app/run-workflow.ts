import type { Cluster, SubmissionReport } from '../cluster/cluster.ts';
import { countOf } from '../core/count-of.ts';
import { UsageError } from '../core/errors.ts';
import { inMount, type SentCode } from '../core/sync/sent-code.ts';
import { movePlan } from '../core/workflow/move-plan.ts';
import type { Plan } from '../core/workflow/plan.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import { compileBatch, tokenOf } from '../engine/compile-batch.ts';
import { describeJobs, type RunDescription } from '../engine/describe-run.ts';
import { createRunId } from '../engine/run-id.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, engineContext, openAll, type TargetName } from './app-context.ts';
import { confirmInPlace } from './confirm-in-place.ts';
import { describeOrigin } from './describe-origin.ts';
import { requireRoom } from './find-room.ts';
import { askForCode, gatherProvenance } from './gather-provenance.ts';
import { inOneTurn } from './in-one-turn.ts';
import { logOfJob } from './log-of-job.ts';
import { codeOf, contextOfRun, isSentDirectory, type PlacedRun, type Sending, silentWish } from './place-workflow.ts';
import { directoriesOf, directoriesOfRun, prepareDirectories } from './prepare-directories.ts';
import { requireRunDirectory } from './require-run-directory.ts';
import { requireSubmitted } from './require-submitted.ts';
import { type Driving, drivingOf, verdictOfPlan } from './verdict-of-plan.ts';
import { withCode } from './with-code.ts';

export interface RunWorkflowRequest {
  readonly plan: Plan;
  readonly target: TargetName;
  /** What git says, where it was asked already. */
  readonly code?: ReturnType<typeof askForCode> | undefined;
  readonly repeats?: RunDescription['repeats'];
  /** Absent: no code of this machine is sent. */
  readonly sending?: Sending | undefined;
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
  { plan, target, placed }: Pick<RunWorkflowRequest, 'plan' | 'target'> & { readonly placed: PlacedRun | undefined },
): Promise<void> {
  const { required } = directoriesOf(plan.jobs, placed?.cwd ?? (await context.placeOn(target)).cwd);
  const absent = required.filter(({ path }) => placed === undefined || !isSentDirectory(placed, path));
  await prepareDirectories(context, { target, required: absent, made: [] });
}

/** Sends the code of a planned workflow, records it and hands all its jobs over. After that the run needs nobody. */
export async function runWorkflow(context: AppContext, request: RunWorkflowRequest): Promise<StartedRun> {
  const { plan, target, code = askForCode(context, plan.workflow.source), sending } = request;
  requireJobs(plan);
  await openAll(context, target);
  const id = createRunId(context.randomBytes);
  const toSend = { placed: codeOf(sending?.placed, id), wish: sending?.wish ?? silentWish };
  return withCode(context, toSend, (sent) => handOver(context, { ...request, code, id, sent }));
}

interface Handover extends RunWorkflowRequest {
  readonly code: NonNullable<RunWorkflowRequest['code']>;
  readonly id: string;
  readonly sent: readonly SentCode[];
}

async function handOver(context: AppContext, request: Handover): Promise<StartedRun> {
  const { target, code, id, sent } = request;
  const there = await contextOfRun(context, request);
  const moved = movePlan(request.plan, { code: sent, cwd: inMount(there.cwd, sent) });
  const [engine, plan] = await inOneTurn([
    engineContext(context, target),
    confirmInPlace(context, { plan: moved, target }),
    prepareDirectories(context, { target, ...directoriesOfRun(moved.jobs, { cwd: there.cwd, sent }) }),
  ]);
  // Wrappers and their payloads lie there; a plain script is copied by Slurm.
  if (plan.jobs.some(({ wrapped }) => wrapped)) requireRunDirectory(engine, there.runRoot);
  const driving = drivingOf(plan, engine);
  await requireRoom(context, { jobs: plan.jobs, target, name: plan.workflow.name });
  const isDriven = driving.because !== undefined;
  const directory = `${there.runRoot}/${id}`;
  const gathered = gatherProvenance(context, { plan, code: await code, directory });
  const { provenance } = gathered;
  const description = await describeRun(there, { ...request, plan, provenance, cluster: engine.cluster, driving });
  const text = JSON.stringify(description);
  const options = { runId: id, directory, cwd: there.cwd, description: text, extraFiles: gathered.files, isDriven };
  const batch = compileBatch(plan, { ...options, asPlanned: request.plan });
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
    sent,
    provenance,
    cluster,
    driving: { because },
  }: Omit<Handover, 'code'> & {
    readonly provenance: Provenance;
    readonly cluster: Cluster;
    readonly driving: Driving;
  },
): Promise<RunDescription> {
  const { origin, logFrom } = await describeOrigin(context, { plan, target, id, provenance, cluster, sent });
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
