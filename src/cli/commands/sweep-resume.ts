import { resumeSweep } from '../../app/pause-sweep.ts';
import { addJsonOption, addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { namedSweepArgument } from '../sweep-argument.ts';
import { reportSweepControl } from '../sweep-control-report.ts';

export const sweepResume = defineCommand({
  name: 'sweep resume',
  summary: 'Let a sweep go on that was paused',
  examples: ['srunx sweep resume k3v9', 'srunx sweep resume k3v9 --json'],
  configure(command) {
    addProfileOption(command);
    command.argument('<sweep>', namedSweepArgument).option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args }, { app, out }) {
    const resumed = await resumeSweep(app, String(args[0]));
    return reportSweepControl(resumed, { past: 'released', nothing: 'it is not paused' }, out);
  },
});
