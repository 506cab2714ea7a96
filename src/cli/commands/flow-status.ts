import { goneDirectory } from '../../app/gone-directory.ts';
import { showRun } from '../../app/list-runs.ts';
import { findRunErrors } from '../../app/run-errors.ts';
import { addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { runArgument } from '../run-argument.ts';
import { errorsJson, formatErrors } from '../run-errors.ts';
import { formatRun, noteStale, runJson } from '../run-table.ts';
import { printable } from '../table.ts';

export const flowStatus = defineCommand({
  name: 'flow status',
  summary: 'Show how a run stands, and what went wrong',
  examples: ['srunx flow status', 'srunx flow status k3v9 --json', 'srunx flow status /shared/runs/k3v9abcdef'],
  configure(command) {
    addProfileOption(command);
    command.argument('[run]', runArgument).option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const { run, stale } = await showRun(app, { id: args[0] as string | undefined });
    noteStale(stale, out);
    const gone = goneDirectory(app, run);
    if (gone !== undefined) out.note(`srunx: ${printable(gone)}`);
    const { errors, problem } = await findRunErrors(app, run);
    if (problem !== undefined) out.note(`srunx: ${problem}; what the logs say is not shown`);
    const text = () => {
      const table = formatRun(run, app.now(), { colour: out.terminal?.colour });
      return [...table, ...formatErrors(errors, out.signs)].join('\n');
    };
    await showRecord({ data: () => ({ ...runJson(run), errors: errorsJson(errors) }), text }, { options, context });
    return 0;
  },
});
