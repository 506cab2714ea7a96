import { compareCells, compareSweeps, readCellPair } from '../../app/compare-sweeps.ts';
import { UsageError } from '../../core/errors.ts';
import { addProfileOption, collect } from '../common-options.ts';
import { comparisonJson, comparisonText } from '../comparison-text.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, recordFormat, showRecord } from '../record.ts';
import { noteStale } from '../run-table.ts';
import { namedSweepArgument } from '../sweep-argument.ts';

export const sweepDiff = defineCommand({
  name: 'sweep diff',
  summary: 'Show what differs between two sweeps, or between two cells of one',
  examples: ['srunx sweep diff k3v9 m2x7', 'srunx sweep diff k3v9 --cell 3 --cell 7'],
  configure(command) {
    addProfileOption(command);
    command
      .argument('<before>', namedSweepArgument)
      .argument('[after]', 'another one')
      .option('--cell <index>', 'of one sweep: a cell (given twice)', collect)
      .option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command).addHelpText(
      'after',
      '\nJobs are compared by a cell that both sweeps have, or by the first of each. Of cells that both have, those are listed that' +
        '\nended otherwise; `srunx sweep results` compares what they have written.',
    );
  },
  async run({ args, options }, context) {
    recordFormat(options);
    const [before, after] = args as readonly [string, string | undefined];
    const cells = options['cell'] as string[] | undefined;
    if ((after === undefined) === (cells === undefined)) {
      throw new UsageError('two sweeps are compared, or two cells of one', {
        code: 'usage.option_conflict',
        hint: 'Name another sweep, or write --cell twice.',
      });
    }
    const compared =
      after === undefined
        ? await compareCells(context.app, { word: before, cells: readCellPair(cells ?? []) })
        : await compareSweeps(context.app, [before, after]);
    noteStale(compared.stale, context.out);
    for (const id of compared.unplanned)
      context.out.note(`srunx: the plan of sweep ${id} is gone: its jobs are not compared`);
    await showRecord(
      { data: () => comparisonJson(compared), text: () => comparisonText(compared) },
      { options, context },
    );
    return 0;
  },
});
