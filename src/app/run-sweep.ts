import { posix } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { RefusedError } from '../core/errors.ts';
import { type SweepPlan, tasksOf } from '../core/workflow/plan-sweep.ts';
import type { Provenance } from '../core/workflow/provenance.ts';
import { tokenOf } from '../engine/compile-batch.ts';
import { compileSweep } from '../engine/compile-sweep.ts';
import { describeSweep, hasAttempts, type RunDescription } from '../engine/describe-run.ts';
import { layOutArrays, type SweepArray } from '../engine/lay-out-arrays.ts';
import { storedText } from '../engine/run-description.ts';
import { createRunId } from '../engine/run-id.ts';
import { startRun } from '../engine/start-run.ts';
import { type AppContext, engineContext, type TargetName } from './app-context.ts';
import { askForCode, gatherProvenance } from './gather-provenance.ts';
import { logOfJob } from './log-of-job.ts';
import { type DirectoriesOfJobs, prepareDirectories } from './prepare-directories.ts';
import { isRequeueProven, requireRunDirectory, whyNoRequeue } from './require-run-directory.ts';
import { requireSubmitted, verdictOf } from './require-submitted.ts';

export interface RunSweepRequest {
  readonly plan: SweepPlan;
  readonly target: TargetName;
  /** What git says, where it was asked already. */
  readonly code?: ReturnType<typeof askForCode> | undefined;
  readonly onRecorded?: ((runId: string) => void) | undefined;
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
  const engine = await engineContext(context, target);
  requireRunDirectory(engine, context.runRoot);
  const remarks = requireRetries(plan, engine);
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
  await prepareDirectories(context, { target, ...directoriesOf(plan, cwd) });
  const { kind, name, source, createdAt } = description;
  const run = { id, kind, name, source, target, directory, plan: text, createdAt };
  const jobNames = arrays.map(({ group, stage }) => plan.groups[group]?.stages[stage]?.job.name ?? '');
  const report = await startRun(engine, { ...run, batch, jobNames }, { onRecorded: request.onRecorded });
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
    remarks: [...remarks, ...(report.remarks ?? [])],
  };
}

interface SweepFacts extends RunSweepRequest {
  readonly id: string;
  readonly arrays: readonly SweepArray[];
  readonly provenance: Provenance;
  readonly cluster: Cluster;
}

async function describe(
  context: AppContext,
  { plan, target, id, arrays, provenance, cluster }: SweepFacts,
): Promise<RunDescription> {
  const identity = await cluster.identity(context.signal);
  const logFrom = { ...context, user: identity.user };
  return {
    version: 1,
    id,
    kind: 'workflow',
    name: plan.workflow.name,
    source: plan.workflow.source,
    target,
    cluster: { key: identity.key, kind: cluster.kind, name: identity.name },
    createdAt: context.now(),
    planHash: plan.hash,
    cwd: context.cwd,
    provenance,
    jobs: [],
    sweep: describeSweep(plan, arrays, (job) => ({ ...logOfJob(job, logFrom), isArray: true })),
  };
}

type Tested = Parameters<typeof whyNoRequeue>[0] &
  Parameters<typeof isRequeueProven>[0] & {
    readonly cluster: { readonly kind: string; readonly target: string };
  };

/** Throws where tasks that retry cannot do so; says what nobody has made sure of. */
function requireRetries({ groups }: SweepPlan, engine: Tested): readonly string[] {
  const retried = groups.flatMap(({ stages }) => stages.map(({ job }) => job)).find(hasAttempts);
  const { kind, target } = engine.cluster;
  if (retried === undefined || kind === 'embedded') return [];
  const because = whyNoRequeue(engine);
  if (because !== undefined) {
    throw new RefusedError(
      `jobs of ${target} cannot put themselves back into the queue, which \`${retried.name}\` needs for \`retry\` or \`checkpoint\`; nothing was submitted`,
      {
        code: 'nodes.requeue',
        detail: because,
        hint: 'Leave out what needs it, or test other nodes: `srunx doctor --job`.',
      },
    );
  }
  if (isRequeueProven(engine)) return [];
  return [
    `whether jobs of ${target} can put themselves back into the queue, as \`retry\` and \`checkpoint\` need, has not been tested: \`srunx doctor --job\` does`,
  ];
}

function directoriesOf({ groups }: SweepPlan, cwd: string): DirectoriesOfJobs {
  const jobs = groups.flatMap(({ stages }) => stages.map(({ job }) => job));
  const required = new Map(
    jobs.flatMap(({ name, workDir }) =>
      workDir === undefined ? [] : [[posix.resolve(cwd, workDir), { path: posix.resolve(cwd, workDir), job: name }]],
    ),
  );
  const made = new Set(
    jobs.flatMap(({ workDir, logDir }) => (logDir === undefined ? [] : [posix.resolve(cwd, workDir ?? '.', logDir)])),
  );
  return { required: [...required.values()], made: [...made].map((path) => ({ path })) };
}
