import { UsageError } from '../../core/errors.ts';
import { addJsonOption, addTargetOptions } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { runLabelChange } from '../history-labels.ts';

export const historyNote = defineCommand({
  name: 'history note',
  summary: 'Write a note to a job, or to all jobs of a run',
  examples: ["srunx history note 4711 'diverged after epoch 3'", 'srunx history note 4711 --clear'],
  configure(command) {
    addTargetOptions(command.argument('<id>', 'a job, a run or its beginning, or one job of a run'))
      .argument('[text]', 'the note; it takes the place of an earlier one')
      .option('--clear', 'take the note away');
    addJsonOption(command);
  },
  async run(input, context) {
    const text = input.args[1] as string | undefined;
    const clear = input.options['clear'] === true;
    if ((text === undefined) !== clear || text?.trim() === '') {
      throw new UsageError(clear ? '--clear and a note contradict each other' : 'the note is missing', {
        code: 'usage.note',
        hint: 'Give either the text or --clear.',
      });
    }
    return runLabelChange(input, { change: { kind: 'note', text }, context });
  },
});
