import type { CancelledRun } from '../../app/cancel-run.ts';
import { cancelSweep } from '../../app/cancel-sweep.ts';
import { RefusedError } from '../../core/errors.ts';
import { addJsonOption, addProfileOption } from '../common-options.ts';
import { type CommandContext, defineCommand } from '../define-command.ts';
import { isYes } from '../is-yes.ts';
import { addCellOption, chooseCells, namedSweepArgument } from '../sweep-argument.ts';
import { countText } from '../sweep-cancel-counts.ts';
import { previewSweepCancel, reportSweepCancel } from '../sweep-cancel-report.ts';

export const sweepCancel = defineCommand({
  name: 'sweep cancel',
  summary: 'Cancel a sweep, or some of its cells',
  examples: [
    'srunx sweep cancel k3v9',
    'srunx sweep cancel k3v9 --pending-only',
    'srunx sweep cancel k3v9 --cell lr=0.1 --dry-run',
  ],
  configure(command) {
    addProfileOption(command);
    command.argument('<sweep>', namedSweepArgument);
    addCellOption(command, 'only these cells')
      .option('--pending-only', 'only cells of which no job has begun; the others go on to their end')
      .option('--dry-run', 'show what would be cancelled')
      .option('-y, --yes', 'do not ask at a terminal')
      .option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const request = {
      word: String(args[0]),
      pendingOnly: options['pendingOnly'] === true,
      ...(options['cell'] === undefined
        ? {}
        : { choose: (run: CancelledRun['run']) => chooseCells(run, { cell: options['cell'] }) }),
    };
    if (options['dryRun'] === true)
      return previewSweepCancel(await cancelSweep(app, { ...request, preview: true }), out);
    if (options['yes'] !== true && out.terminal !== undefined) {
      await confirm(await cancelSweep(app, { ...request, preview: true }), context);
    }
    return reportSweepCancel(await cancelSweep(app, { ...request, preview: false }), out);
  },
});

/** Nobody is asked where nobody can answer, or there is nothing to cancel. */
async function confirm({ run, open }: CancelledRun, { ask }: CommandContext): Promise<void> {
  if (open.length === 0) return;
  const answer = await ask(`Cancel ${countText(open)} of sweep ${run.id}? [y/N] `);
  if (answer === undefined || isYes(answer)) return;
  throw new RefusedError('nothing was cancelled', {
    code: 'sweep.not_confirmed',
    hint: 'Add --yes to cancel without a question.',
  });
}
