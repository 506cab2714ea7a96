import { planSweepRetry } from '../../app/retry-sweep.ts';
import type { RunStatusView } from '../../app/run-status-view.ts';
import { countOf } from '../../core/count-of.ts';
import { UsageError } from '../../core/errors.ts';
import { isFailure } from '../../core/workflow/run-state.ts';
import { addGrowthOptions, addToSweep } from '../add-to-sweep.ts';
import { readCodeOptions } from '../code-options.ts';
import { addProfileOption } from '../common-options.ts';
import { defineCommand, type ParsedInput } from '../define-command.ts';
import { addCellOption, chooseCells, namedSweepArgument } from '../sweep-argument.ts';

export const sweepRetry = defineCommand({
  name: 'sweep retry',
  summary: 'Run again what failed in cells of a sweep, and what comes after it',
  examples: [
    'srunx sweep retry k3v9 --failed',
    'srunx sweep retry k3v9 --cancelled --cell lr=0.1',
    'srunx sweep retry k3v9 --failed --dry-run',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<sweep>', namedSweepArgument)
      .option('--failed', 'cells in which a job has failed')
      .option('--cancelled', 'cells that were cancelled, or ended by `fail_fast` before they began');
    addGrowthOptions(addCellOption(command, 'only these cells')).addHelpText(
      'after',
      '\nOf each cell, what did not complete runs again as it was planned, with all that comes after it. What had completed counts as done,' +
        '\nwith the values that it has written. A cell that has not ended yet is left alone.',
    );
  },
  async run({ args, options }, context) {
    const request = { word: String(args[0]), choose: chooser(options), code: readCodeOptions(options) };
    const { sweep, plan, placed, former, moving } = await planSweepRetry(context.app, request);
    if (moving.length > 0) {
      const which = moving.slice(0, 5).join(', ') + (moving.length > 5 ? ', ...' : '');
      context.out.note(`srunx: ${countOf(moving.length, 'cell')} (${which}) left alone: not ended yet`);
    }
    return addToSweep({ sweep, plan, placed, former, how: 'retry' }, { options, context });
  },
});

type Cell = ReturnType<typeof chooseCells>[number];

function chooser(options: ParsedInput['options']): (run: RunStatusView) => readonly Cell[] {
  const { failed, cancelled, cell } = options;
  if (failed !== true && cancelled !== true && cell === undefined) {
    throw new UsageError('which cells are to run again is not said', {
      code: 'usage.option_value',
      hint: 'Write --failed, --cancelled or --cell.',
    });
  }
  const isMeant = (one: Cell) =>
    (failed === true && hasFailed(one)) || (cancelled === true && one.status === 'cancelled');
  return (run) => {
    const cells = chooseCells(run, { cell });
    return failed === true || cancelled === true ? cells.filter(isMeant) : cells;
  };
}

/** Also one whose other jobs still move. */
function hasFailed({ status, jobs }: Cell): boolean {
  return status === 'failed' || jobs.some(({ state, ignored, final }) => final && isFailure(state) && !ignored);
}
