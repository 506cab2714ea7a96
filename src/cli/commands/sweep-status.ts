import { findRunErrors } from '../../app/run-errors.ts';
import { addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addRecordOptions, showRecord } from '../record.ts';
import { formatErrors } from '../run-errors.ts';
import { sweepArgument, sweepNamed } from '../sweep-argument.ts';
import { formatSweep } from '../sweep-report.ts';
import { sweepStatusJson } from '../sweep-status-json.ts';

export const sweepStatus = defineCommand({
  name: 'sweep status',
  summary: 'Show how a sweep stands, and what went wrong',
  examples: ['srunx sweep status', 'srunx sweep status k3v9 --json'],
  configure(command) {
    addProfileOption(command);
    command.argument('[sweep]', sweepArgument).option('-q, --quiet', 'no remarks on standard error');
    addRecordOptions(command);
  },
  async run({ args, options }, context) {
    const { app, out } = context;
    const run = await sweepNamed(args[0] as string | undefined, context, { isBrief: true });
    const { errors, problem } = await findRunErrors(app, run);
    if (problem !== undefined) out.note(`srunx: ${problem}; what the logs say is not shown`);
    const text = () =>
      [...formatSweep(run, { colour: out.terminal?.colour, now: app.now() }), ...formatErrors(errors, out.signs)].join(
        '\n',
      );
    await showRecord({ data: () => sweepStatusJson(run, { errors, now: app.now() }), text }, { options, context });
    return 0;
  },
});
