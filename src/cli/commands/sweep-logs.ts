import type { JobStatusView, RunStatusView } from '../../app/run-status-view.ts';
import { findSweep } from '../../app/sweep-at-hand.ts';
import { NotFoundError } from '../../core/errors.ts';
import { chooseStages } from '../../core/sweep/choose-stages.ts';
import { addProfileOption } from '../common-options.ts';
import { type CommandContext, defineCommand, type ParsedInput } from '../define-command.ts';
import { showRunLogs } from '../show-run-logs.ts';
import { addCellOption, chooseCells, namedSweepArgument } from '../sweep-argument.ts';
import { addLogOptions } from '../tail-options.ts';

export const sweepLogs = defineCommand({
  name: 'sweep logs',
  summary: 'Show the logs of cells of a sweep, over all attempts',
  examples: [
    'srunx sweep logs k3v9 --cell 3',
    'srunx sweep logs k3v9 train --cell lr=0.1 -n 50',
    'srunx sweep logs k3v9 --failed',
  ],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<sweep>', namedSweepArgument)
      .argument('[jobs...]', 'only these of each cell, or of those after all cells, by names or patterns');
    addCellOption(command, 'only these cells')
      .option('--failed', 'only jobs that have failed')
      .option('-q, --quiet', 'no remarks on standard error');
    addLogOptions(command);
  },
  async run({ args, options }, context: CommandContext) {
    const { id } = await findSweep(context.app, String(args[0]));
    const words = (args[1] as string[] | undefined) ?? [];
    const choose = (run: RunStatusView) => jobsOf(run, { words, options });
    return showRunLogs({ word: id, jobs: [], choose, onlyFailed: options['failed'] === true }, { options, context });
  },
});

/** Of the cells that are meant, or of all that there is, the jobs that words name. Throws where one names no job of the sweep. */
function jobsOf(
  run: RunStatusView,
  { words, options }: { readonly words: readonly string[]; readonly options: ParsedInput['options'] },
): readonly JobStatusView[] {
  const cells = chooseCells(run, { cell: options['cell'] }).flatMap((cell) => cell.jobs);
  const all = options['cell'] === undefined ? run.jobs : cells;
  const { jobs, unknown, stages } = chooseStages(all, words);
  const [word] = unknown;
  if (word === undefined) return jobs;
  throw new NotFoundError(`sweep ${run.id} has no job \`${word}\``, {
    code: 'run.no_job',
    hint: `${all.length > cells.length ? 'There are' : 'Each cell has'}: ${stages.join(', ')}.`,
  });
}
