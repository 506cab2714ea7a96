import type { Command } from 'commander';
import { growSweep, type SweepGrowth } from '../app/grow-sweep.ts';
import type { PlacedRun } from '../app/place-workflow.ts';
import { countOf } from '../core/count-of.ts';
import { addSyncOptions, sendingOf } from './code-options.ts';
import { addJsonOption, positiveNumber } from './common-options.ts';
import type { CommandContext, ParsedInput } from './define-command.ts';
import { confirmCells } from './run-sweep-command.ts';
import { showSweepPlan } from './show-sweep-plan.ts';
import { startAndFollow } from './submit-and-follow.ts';

/** Of what is added to a sweep: how it is shown or submitted. */
export function addGrowthOptions(command: Command): Command {
  addSyncOptions(command)
    .option('--dry-run', 'show what would be submitted')
    .option('-d, --detach', 'leave once everything is handed over')
    .option('-i, --interval <seconds>', 'how often to look (by default as the cluster permits)')
    .option('-y, --yes', 'do not ask, however many cells there are')
    .option('-q, --quiet', 'no remarks on standard error');
  return addJsonOption(command);
}

/** Shows it, or submits it and follows the sweep. */
export async function addToSweep(
  { placed, ...growth }: Omit<SweepGrowth, 'sending'> & { readonly placed: PlacedRun | undefined },
  { options, context }: { readonly options: ParsedInput['options']; readonly context: CommandContext },
): Promise<number> {
  const { plan, sweep } = growth;
  const { target } = sweep;
  const intervalSeconds = positiveNumber(options, 'interval');
  if (options['dryRun'] === true) {
    context.out.note(`srunx: to be added to sweep ${sweep.run.id}:`);
    await showSweepPlan({ plan, placed, target, options }, context);
    return 0;
  }
  using sending = sendingOf({ placed, target, options, purpose: `srunx sweep ${growth.how}` }, context);
  await confirmCells({ plan, options }, context);
  const request = { plan, target, intervalSeconds, detach: options['detach'] === true };
  return await startAndFollow(
    {
      ...request,
      start: (onRecorded) => growSweep(context.app, { ...growth, sending, onRecorded }),
      what: ({ runId, cells, tasks, arrays }) =>
        `sweep ${runId}: ${countOf(cells, 'cell')}, ${countOf(tasks, 'task')} in ${countOf(arrays, 'array')}`,
      data: ({ runId, cells, tasks, verdict }) => ({ sweep_id: runId, cell_count: cells, tasks, verdict }),
    },
    context,
  );
}
