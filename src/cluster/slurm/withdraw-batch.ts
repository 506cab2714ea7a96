import type { SubmissionBatch, SubmissionReport, SubmitOptions } from '../cluster.ts';
import { inspectSubmission } from './inspect-submission.ts';
import { requireSuccess, type SlurmClient } from './slurm-client.ts';
import { resumeBatch } from './submit-batch.ts';

type Batch = Pick<SubmissionBatch, 'directory' | 'submissions'>;

/** A hand-over under way may leave at the very moment in which ours waits for its lock. */
const mostTries = 3;

/**
 * Leaves a mark in the plan directory, which the hand-over script heeds between any two submissions and whenever it is started,
 * and starts it: what a dead one had submitted is taken back by it, too. Where the script is not there yet, the mark waits for it.
 */
export async function withdrawBatch(
  client: SlurmClient,
  batch: Batch,
  options: SubmitOptions = {},
): Promise<SubmissionReport> {
  const { directory } = batch;
  const argv = ['sh', '-c', markScript, 'sh', directory] as const;
  const marked = await client.shell.run({ argv: [...argv], signal: options.signal });
  if (marked.exitCode === alreadyDone || marked.exitCode === notWritten) {
    return inspectSubmission(client, batch, options.signal);
  }
  requireSuccess(marked, { what: `write into ${directory}`, target: client.target });
  await options.onWritten?.();
  for (let tries = 1; ; tries += 1) {
    const report = await resumeBatch(client, batch, options);
    const isOver = report.phase !== 'stopped' && report.phase !== 'running';
    if (isOver || tries === mostTries || isUnresolved(report)) return report;
  }
}

function isUnresolved({ outcomes }: SubmissionReport): boolean {
  return [...outcomes.values()].some(({ kind }) => kind === 'unknown');
}

const alreadyDone = 9;
const notWritten = 7;

const markScript = `umask 077
[ ! -e "$1/handover.log" ] || ! grep -qx done "$1/handover.log" || exit ${alreadyDone}
mkdir -p -- "$1" && : >>"$1/withdrawn" || exit 1
[ -e "$1/handover.sh" ] || exit ${notWritten}`;
