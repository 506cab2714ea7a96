import { pauseSweep } from '../../app/pause-sweep.ts';
import { addJsonOption, addProfileOption } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { namedSweepArgument } from '../sweep-argument.ts';
import { reportSweepControl } from '../sweep-control-report.ts';

export const sweepPause = defineCommand({
  name: 'sweep pause',
  summary: 'Keep what waits of a sweep from starting; what runs goes on',
  examples: ['srunx sweep pause k3v9', 'srunx sweep pause k3v9 --json'],
  configure(command) {
    addProfileOption(command);
    command.argument('<sweep>', namedSweepArgument).option('-q, --quiet', 'no remarks on standard error');
    addJsonOption(command);
  },
  async run({ args }, { app, out }) {
    const paused = await pauseSweep(app, String(args[0]));
    return reportSweepControl(paused, { past: 'held', nothing: 'nothing waits that is not held already' }, out);
  },
});
