import type { TargetName } from '../app/app-context.ts';
import { estimateStart } from '../app/estimate-start.ts';
import { explainRefusal } from '../app/explain-refusal.ts';
import { limitWarnings } from '../app/limit-warnings.ts';
import { ConnectionError, SubmissionError, UsageError } from '../core/errors.ts';
import type { CommandContext } from './define-command.ts';
import type { SbatchJob } from './sbatch-job.ts';
import { showPreview } from './sbatch-report.ts';
import { syncPart } from './sync-preview.ts';
import { printable } from './table.ts';

export interface SubmitChoice {
  readonly target: TargetName;
  readonly context: CommandContext;
}

/** What would be submitted, and what Slurm says to it. A refusal is the outcome; in JSON it stands in the preview as well. */
export async function previewSubmission(
  submission: Pick<SbatchJob, 'job' | 'source' | 'placed' | 'configured'>,
  { target, context }: SubmitChoice,
): Promise<number> {
  const { app, out } = context;
  if (target === 'embedded') {
    showPreview(submission, { asResult: true, context });
    return 0;
  }
  const sync = await syncPart(submission.placed, context);
  try {
    const estimate = await estimateStart(app, { job: submission.job, target });
    showPreview(submission, { asResult: true, estimate, sync, context });
    await noteLimits(submission, { target, context });
    return 0;
  } catch (error) {
    const isRefusal = error instanceof SubmissionError || error instanceof UsageError;
    if (!isRefusal && !(error instanceof ConnectionError)) throw error;
    showPreview(submission, { asResult: true, refusal: isRefusal ? error.detail : undefined, sync, context });
    if (isRefusal) {
      const explained = await explainRefusal(app, target, error);
      // What would be accepted is told once.
      if (explained === error) await noteLimits(submission, { target, context });
      throw explained;
    }
    out.note(`srunx: no estimate: ${error.message}`);
    return 0;
  }
}

/** What Slurm itself may not say: it queues many jobs that can never start. */
export async function noteLimits(
  { job }: Pick<SbatchJob, 'job'>,
  { target, context: { app, out } }: SubmitChoice,
): Promise<void> {
  for (const problem of await limitWarnings(app, { job, target })) out.note(`srunx: warning: ${printable(problem)}`);
}
