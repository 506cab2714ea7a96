import { updateProfile } from '../../app/save-profile.ts';
import { UsageError } from '../../core/errors.ts';
import { requireField } from '../../core/remote/change-profile.ts';
import { collect, listOf } from '../common-options.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { addFieldOptions, fieldsOf, noteMissing, noteOverruled } from '../profile-options.ts';
import { printable } from '../table.ts';

export const sshUpdate = defineCommand({
  name: 'ssh update',
  summary: 'Change or clear fields of a profile',
  examples: ['srunx ssh update dgx --port 2222', 'srunx ssh update dgx --ssh-host dgx-new --unset run-dir'],
  configure(command) {
    command.argument('[profile]', 'its name').option('--profile <name>', 'the same as the name by its place');
    addFieldOptions(command)
      .option('--unset <field>', 'clear a field, called as its option; as often as needed', collect)
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const name = requireWord(namedWords(['profile'], input), 'profile');
    const set = fieldsOf(input.options, context);
    const unset = listOf(input.options['unset']).map(requireField);
    if (Object.keys(set).length === 0 && unset.length === 0) {
      throw new UsageError('nothing was given to change', {
        code: 'usage.nothing_to_do',
        hint: 'Give a field, such as --port 2222, or --unset FIELD; `srunx ssh update --help` lists them.',
      });
    }
    const saved = updateProfile(context.app, { name, set, unset });
    context.out.note(`srunx: the profile ${name} is changed in ${printable(saved.file)}`);
    noteMissing(set, context);
    noteOverruled(saved, context);
    return 0;
  },
});
