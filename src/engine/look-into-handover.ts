import type { SubmissionReport } from '../cluster/cluster.ts';
import { StorageError } from '../core/errors.ts';
import { acquireLease, releaseLease } from '../store/leases.ts';
import type { RunRow } from '../store/runs.ts';
import { type EngineContext, mayReplaceDead } from './engine-context.ts';
import { handoverLease, recordReport } from './record-report.ts';
import { batchOf } from './recover-runs.ts';
import { handoversOf } from './run-description.ts';

/** How far the last hand-over of one run got; with `withdraw`, it ends there for ever. Nothing is submitted by this. */
export async function lookIntoHandover(
  context: EngineContext,
  { run, withdraw }: { readonly run: RunRow; readonly withdraw: boolean },
): Promise<SubmissionReport> {
  const { cluster, signal } = context;
  const batch = batchOf(handoversOf(run).at(-1) ?? { directory: run.directory, tokens: [] });
  const onWritten = () => context.reach?.('withdrawal-marked');
  const report = await (withdraw
    ? cluster.withdraw(batch, { signal, onWritten })
    : cluster.inspectSubmission(batch, signal));
  try {
    await writeDown(context, run, report);
  } catch (error) {
    // Full or read-only: the next look will find out the same.
    if (!(error instanceof StorageError)) throw error;
  }
  return report;
}

async function writeDown(context: EngineContext, run: RunRow, report: SubmissionReport): Promise<void> {
  const { store, holder } = context;
  const name = handoverLease(run.id);
  // A process of this host that is handing it over hears the same, and writes it down itself.
  const lease = await acquireLease(store, { name, holder, mayReplace: mayReplaceDead(context) });
  if (lease === undefined) return;
  try {
    await recordReport(context, { runId: run.id, lease, report });
  } finally {
    await releaseLease(store, lease);
  }
}
