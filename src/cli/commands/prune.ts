import { planPrune } from '../../app/prune-runs.ts';
import { parseByteSize } from '../../core/byte-size.ts';
import { UsageError } from '../../core/errors.ts';
import { parseAge } from '../../core/slurm/past-time.ts';
import { addTargetOptions, targetOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addListingOptions } from '../listing.ts';
import { prune as pruneRuns } from '../prune-report.ts';

export const prune = defineCommand({
  name: 'prune',
  summary: 'Remove plan directories and copies of code of runs that have ended',
  examples: ['srunx prune --older-than 30d --dry-run', 'srunx prune --max-size 2G --yes'],
  configure(command) {
    command
      .option('--older-than <age>', 'only of runs that ended longer ago (30d, 12h)')
      .option('--larger-than <size>', 'only directories of at least this size (10M)')
      .option('--max-size <total>', 'the oldest, until all together take no more than this (2G)')
      .option('--history', 'forget the records of these runs, too')
      .option('--dry-run', 'show what would go')
      .option('-y, --yes', 'do not ask');
    addTargetOptions(command);
    addListingOptions(command);
  },
  async run({ options }, context) {
    const { olderThan, largerThan, maxSize } = options;
    if (olderThan === undefined && largerThan === undefined && maxSize === undefined) {
      throw new UsageError('what may go is not said', {
        code: 'usage.missing_argument',
        hint: 'Give --older-than 30d, --larger-than 10M or --max-size 2G, or some of them.',
      });
    }
    const size = (value: unknown, option: string) =>
      value === undefined ? undefined : parseByteSize(String(value), option);
    const criteria = {
      olderThanMs: olderThan === undefined ? undefined : parseAge(String(olderThan), '--older-than'),
      largerThanBytes: size(largerThan, '--larger-than'),
      maxTotalBytes: size(maxSize, '--max-size'),
    };
    const withHistory = options['history'] === true;
    targetOf(context);
    const plan = await planPrune(context.app, { what: withHistory ? 'history' : 'plans', criteria });
    const what = withHistory ? 'records and plan directories' : 'plan directories';
    return pruneRuns(plan, { what, options, context });
  },
});
