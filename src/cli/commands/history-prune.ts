import { parseHistoryStates } from '../../app/history-states.ts';
import { planPrune } from '../../app/prune-runs.ts';
import { UsageError } from '../../core/errors.ts';
import { parseAge } from '../../core/slurm/past-time.ts';
import { addTargetOptions, collect, listOf, positiveNumber, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions } from '../listing.ts';
import { prune } from '../prune-report.ts';

export const historyPrune = defineCommand({
  name: 'history prune',
  summary: 'Forget jobs that ended long ago, with their plan directories',
  examples: ['srunx history prune --older-than 90d --dry-run', 'srunx history prune --keep 1000 --state FAILED --yes'],
  configure(command) {
    command
      .option('--older-than <age>', 'only what ended longer ago (90d, 12h)')
      .option('--keep <count>', 'keep so many of the newest jobs')
      .option('--state <states>', 'only runs whose jobs are all in these states', collect)
      .option('--dry-run', 'show what would go')
      .option('-y, --yes', 'do not ask');
    addTargetOptions(command);
    addListingOptions(command);
  },
  async run({ options }, context) {
    const age = options['olderThan'];
    const keep = positiveNumber(options, 'keep');
    const words = listOf(options['state']);
    if (age === undefined && keep === undefined && words.length === 0) {
      throw new UsageError('what may go is not said', {
        code: 'usage.missing_argument',
        hint: 'Give --older-than 90d, --keep 1000 or --state FAILED, or some of them.',
      });
    }
    const criteria = {
      olderThanMs: age === undefined ? undefined : parseAge(String(age), '--older-than'),
      keepJobs: keep === undefined ? undefined : Math.ceil(keep),
      states: wholeStates(words),
    };
    targetOf(context);
    const plan = await planPrune(context.app, { what: 'history', criteria });
    return prune(plan, { what: 'records and plan directories', options, context });
  },
});

/** A run has no failure kind: its jobs may have failed in several ways. */
function wholeStates(words: readonly string[]): ReturnType<typeof parseHistoryStates> {
  const states = parseHistoryStates(words);
  if (states === undefined || states.failureKinds.length + states.phases.length === 0) return states;
  throw new UsageError('--state takes the state of a job as a whole here', {
    code: 'usage.job_state',
    hint: 'Write COMPLETED, FAILED, CANCELLED or TIMEOUT; or skipped, lost, refused, withdrawn.',
  });
}
