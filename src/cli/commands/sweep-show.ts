import { addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { addCellOption, chooseCells, sweepArgument, sweepNamed } from '../sweep-argument.ts';
import { formatAfter, formatCells, formatSweep, sweepJson } from '../sweep-report.ts';

export const sweepShow = defineCommand({
  name: 'sweep show',
  summary: 'List the cells of a sweep: their values, and how each of their jobs stands',
  examples: ['srunx sweep show', 'srunx sweep show k3v9 --cell lr=0.1', 'srunx sweep show k3v9 --state failed --json'],
  configure(command) {
    addProfileOption(command);
    command.argument('[sweep]', sweepArgument);
    addCellOption(command, 'only these cells')
      .option(
        '--state <states>',
        'only cells that are pending, running, completed, failed, cancelled, skipped or unknown',
      )
      .option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    const { out } = context;
    const run = await sweepNamed(args[0] as string | undefined, context);
    const cells = chooseCells(run, options);
    const look = { colour: out.terminal?.colour, columns: out.terminal?.columns, signs: out.signs };
    const text = () =>
      [formatSweep(run, look)[0] ?? '', ...formatCells(cells, look), ...formatAfter(run, look)].join('\n');
    await showRecord({ data: () => sweepJson(run, { cells, now: context.app.now() }), text }, { options, context });
    return 0;
  },
});
