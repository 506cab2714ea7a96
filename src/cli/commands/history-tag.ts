import { addJsonOption, addTargetOptions, listOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { runLabelChange } from '../history-labels.ts';

export const historyTag = defineCommand({
  name: 'history tag',
  summary: 'Give tags to a job, or to all jobs of a run',
  examples: ['srunx history tag 4711 paper best', 'srunx history tag k3v9 paper --remove'],
  configure(command) {
    addTargetOptions(command.argument('<id>', 'a job, a run or its beginning, or one job of a run'))
      .argument('<tags...>', 'words without spaces and commas')
      .option('--remove', 'take these tags away');
    addJsonOption(command);
  },
  async run(input, context) {
    const tags = listOf(input.args[1]);
    const kind = input.options['remove'] === true ? 'untag' : 'tag';
    return runLabelChange(input, { change: { kind, tags }, context });
  },
});
