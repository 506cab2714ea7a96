import { cancelRun } from '../../app/cancel-run.ts';
import { rememberEnded } from '../../app/name-cache.ts';
import { knownTarget } from '../../app/refresh-runs.ts';
import { addJsonOption, addProfileOption, collect } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { namedRunArgument } from '../run-argument.ts';
import { previewRunCancel, reportRunCancel } from '../run-cancel-report.ts';

export const flowCancel = defineCommand({
  name: 'flow cancel',
  summary: 'Cancel a run, or some of its jobs',
  examples: ['srunx flow cancel k3v9', "srunx flow cancel k3v9 --job 'train-*' --dry-run"],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<run>', namedRunArgument)
      .option('--job <name>', 'only this job, or those that match this pattern (may be repeated)', collect)
      .option('--dry-run', 'show what would be cancelled')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const preview = options['dryRun'] === true;
    const jobs = (options['job'] as string[] | undefined) ?? [];
    const cancelled = await cancelRun(app, { word: String(args[0]), jobs, preview });
    if (preview) return previewRunCancel(cancelled, context);
    const target = knownTarget(context.app, cancelled.run);
    const jobIds = cancelled.results.flatMap(({ outcome, jobId }) => (outcome === 'cancelled' ? (jobId ?? []) : []));
    if (target !== undefined) rememberEnded(app, { target, jobIds });
    return reportRunCancel(cancelled, out);
  },
});
