import type { Submission } from '../cluster/cluster.ts';
import { jobsOfRun } from '../store/jobs.ts';
import { acquireLease, readLease, releaseLease } from '../store/leases.ts';
import { listRuns, type RunRow } from '../store/runs.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { handoverLease, recordReport } from './start-run.ts';

/**
 * Finishes hand-overs whose process died: asks the plan directory how far each got and, where work is left, starts the
 * hand-over again; its claims see to it that nothing is submitted twice. Returns the runs it touched.
 */
export async function recoverRuns(context: EngineContext): Promise<readonly RunRow[]> {
  const unfinished = listRuns(context.store, { clusterId: context.clusterId, open: true }).filter(
    ({ handover }) => handover === 'planned' || handover === 'running' || handover === 'stopped',
  );
  const recovered: RunRow[] = [];
  for (const run of unfinished) if (await recoverRun(context, run)) recovered.push(run);
  return recovered;
}

/** Between the first and the last file of a plan directory lie milliseconds; the clocks of two hosts may differ by more. */
const startGraceMs = 120_000;

async function recoverRun(context: EngineContext, run: RunRow): Promise<boolean> {
  const { store, cluster } = context;
  const wasStartedHere = readLease(store, handoverLease(run.id)) !== undefined;
  const lease = await acquireLease(store, {
    name: handoverLease(run.id),
    holder: context.holder,
    mayReplace: mayReplaceDead(context),
  });
  if (lease === undefined) return false;
  try {
    const submissions = jobsOfRun(store, run.id).map(toSubmission);
    const batch = { directory: run.directory, submissions };
    const report = await cluster.inspectSubmission(batch, context.signal);
    // Another host may be writing the directory at this moment; of a process of this host the lease says that it is dead.
    if (report.phase === 'absent' && !wasStartedHere && context.now() - run.createdAt < startGraceMs) return false;
    await recordReport(context, { runId: run.id, lease, report });
    if (report.phase !== 'stopped' || unresolved(report.outcomes.values())) return report.phase !== 'running';
    const resumed = await cluster.resumeSubmission(batch, { signal: context.signal });
    await recordReport(context, { runId: run.id, lease, report: resumed });
    return true;
  } finally {
    await releaseLease(store, lease);
  }
}

/** A claim without a receipt cannot be passed over: whether Slurm has that job is for the next look, or for a person. */
function unresolved(outcomes: Iterable<{ readonly kind: string }>): boolean {
  for (const { kind } of outcomes) if (kind === 'unknown') return true;
  return false;
}

/** Recovery needs the tokens alone: options, scripts and edges are in the hand-over script on the cluster. */
function toSubmission({ token }: { readonly token: string }): Submission {
  return { token, script: '', args: [], options: [], dependencies: [], env: {}, cwd: '/' };
}
