import type { SubmissionBatch, SubmissionOutcome, SubmissionReport } from '../cluster.ts';
import { withdrawnWords } from '../withdrawn-words.ts';
import { query } from './database.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import { isWithdrawn, type PlanFiles, readPlanFiles } from './plan-files.ts';
import { jobIdOfToken, readMeta } from './rows.ts';

/**
 * What became of a batch: from the queue, which has every token that was ever submitted, and, where the queue is another
 * one by now, from the ids in the plan directory. If those are missing as well, nobody can tell.
 */
export async function inspectBatch(
  context: EmbeddedContext,
  batch: Pick<SubmissionBatch, 'directory' | 'submissions'>,
): Promise<SubmissionReport> {
  const files = await readPlanFiles(batch.directory);
  if (files === undefined) return { phase: 'absent', outcomes: new Map() };
  const queue = context.queueForReading();
  const { db } = queue;
  const withdrawn = isWithdrawn(batch.directory);
  const outcomes = await query(queue, () => {
    const sameQueue = files.record.queueId === readMeta(db, 'id');
    return batch.submissions.map(({ token }): [string, SubmissionOutcome] => {
      const jobId = jobIdOfToken(db, token)?.toString() ?? files.jobs.get(token);
      return [token, outcomeOf({ token, jobId, files, sameQueue, withdrawn })];
    });
  });
  const done = outcomes.every(([, { kind }]) => kind === 'submitted' || kind === 'withdrawn');
  const phase = files.refusal !== undefined ? 'refused' : done ? 'done' : 'stopped';
  return { phase, outcomes: new Map(outcomes) };
}

interface TokenFacts {
  readonly token: string;
  readonly jobId: string | undefined;
  readonly files: PlanFiles;
  readonly sameQueue: boolean;
  readonly withdrawn: boolean;
}

function outcomeOf({ token, jobId, files, sameQueue, withdrawn }: TokenFacts): SubmissionOutcome {
  const { refusal, record } = files;
  if (refusal !== undefined) {
    return refusal.token === token ? { kind: 'refused', message: refusal.message, exitCode: 1 } : { kind: 'withdrawn' };
  }
  if (jobId !== undefined) return { kind: 'submitted', jobId };
  if (sameQueue && withdrawn) return { kind: 'withdrawn', message: withdrawnWords };
  return sameQueue ? { kind: 'waiting' } : { kind: 'unknown', claimedAt: record.writtenAt };
}
