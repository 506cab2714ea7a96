import { removeProfile } from '../../app/save-profile.ts';
import { defineCommand } from '../define-command.ts';
import { namedWords, requireWord } from '../named-words.ts';
import { noteOverruled } from '../profile-options.ts';
import { printable } from '../table.ts';

export const sshRemove = defineCommand({
  name: 'ssh remove',
  summary: 'Forget a profile',
  examples: ['srunx ssh remove dgx', 'srunx ssh remove --profile dgx --quiet'],
  configure(command) {
    command
      .argument('[profile]', 'its name')
      .option('--profile <name>', 'the same as the name by its place')
      .option('-q, --quiet', 'no remarks on standard error');
  },
  async run(input, context) {
    const name = requireWord(namedWords(['profile'], input), 'profile');
    const saved = removeProfile(context.app, name);
    const none = saved.wasCurrent ? ', and no profile is current now' : '';
    context.out.note(`srunx: the profile ${name} is gone from ${printable(saved.file)}${none}`);
    noteOverruled(saved, context);
    return 0;
  },
});
