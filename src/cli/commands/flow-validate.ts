import { addJsonOption, addTargetOptions, collect } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { addSweepOptions } from '../sweep-options.ts';
import { flowRun } from './flow-run.ts';

export const flowValidate = defineCommand({
  name: 'flow validate',
  summary: 'Check a workflow file and submit nothing',
  examples: ['srunx flow validate pipeline.yaml', 'srunx flow validate pipeline.yaml --arg lr=0.01 --json'],
  configure(command) {
    addTargetOptions(command.argument('<file>', 'the workflow file')).option(
      '--arg <key=value>',
      "set one of the workflow's args",
      collect,
    );
    addSweepOptions(command);
    addJsonOption(command);
  },
  run: ({ args, options }, context) => flowRun.run({ args, options: { ...options, validate: true } }, context),
});
